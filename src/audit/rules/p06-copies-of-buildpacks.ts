import { copyHits } from '../copy-causes.ts';
import type { Rule } from '../rule.ts';

export const p06: Rule = {
  id: 'P06',
  title: 'links that buildpacks wrote as copies',
  severity: 'note',
  message: {
    one: 'file of an image made by buildpacks is a copy of another',
    many: 'files of an image made by buildpacks are copies of others',
  },
  explanation:
    'The lifecycle of Cloud Native Buildpacks, and other programs that make layers from directories without a look at inodes (remote COPY of podman, the Docker client of Spotify), write every name of a link group as a file of its own. The image has the labels of buildpacks and files that hold the same.',
  affected: ['pack and the buildpacks lifecycle', 'podman-remote build before 3.2', 'spotify/docker-client'],
  remedy: 'holdfast fix --rule P02 --accept makes links of those that agree in mode, owner and time too.',
  sources: [
    'https://github.com/buildpacks/pack/issues/1286',
    'https://github.com/containers/podman/issues/9893',
    'https://github.com/containers/podman/issues/10444',
    'https://github.com/spotify/docker-client/issues/1158',
  ],
  find: (image) => copyHits(image, 'P06'),
};
