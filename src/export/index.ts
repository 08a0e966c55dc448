/** `export`: an image becomes one flat tar archive that any extractor unpacks to the right tree. */
export { type ExportOptions, type ExportResult, exportTo, exportToFile } from './export.ts';
