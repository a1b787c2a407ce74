/** What quantized training may see of this backend; it is loaded when a device is asked for. */
export { Device } from "../device.ts";
export type { DeviceOptions } from "../device.ts";
export { DeviceLostError, DeviceMemoryError } from "../errors.ts";
export { chunkSamples } from "./operator.ts";
export { chooseDeviceGram, LARGEST_INVERSE } from "./gram.ts";
export type { DeviceProblem } from "./problem.ts";
export { DeviceSplitting } from "./splitting.ts";
export type { DevicePoint, DeviceState } from "./splitting.ts";
