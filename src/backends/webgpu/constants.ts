/** Flags of the WebGPU specification; Node has no global objects that hold them. */
export const BufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyDestination: 0x8,
  uniform: 0x40,
  storage: 0x80,
  indirect: 0x100,
  queryResolve: 0x200,
} as const;

/** GPUMapMode.READ. */
export const MAP_READ = 0x1;

/** Bindings into a buffer begin at multiples of this many bytes. */
export const BINDING_ALIGNMENT = 256;
