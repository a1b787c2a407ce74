/** What a solver may see of this backend; it loads this module when a device is asked for. */
export { listAdapters } from "./adapters.ts";
export { Device } from "./device.ts";
export type { DeviceOptions } from "./device.ts";
export { DeviceLostError, DeviceMemoryError } from "./errors.ts";
export { Refiner } from "./refine/refiner.ts";
export type { RefinementTraffic } from "./refine/refiner.ts";
export { createWebGpuWorkspace } from "./splitting/create.ts";
export type { WebGpuWorkspace } from "./splitting/workspace.ts";
