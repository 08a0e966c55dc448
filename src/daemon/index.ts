/** The Docker Engine over its socket: images as tar streams, in and out. It knows no layers. */
export {};
