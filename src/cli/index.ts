/** The `holdfast` command, and the tables its help and its documentation are made from. */
export { commandGroups, type CommandSpec, commandTable, type Example, overviewExamples } from './command-table.ts';
export { optionAbout, usageOf } from './help.ts';
export type { CommandIo, OutputStream } from './io.ts';
export { main } from './main.ts';
export { environmentName, optionFlags, type OptionName, optionTable } from './option-table.ts';
