import { SpectrahedronError } from "../../errors.ts";

/** A shader does not compile or does not fit its bindings. The message shows the faulty WGSL lines. */
export class ShaderError extends SpectrahedronError {}

/** The device was lost (driver reset, GPU process crash, removal). Everything on it is gone. */
export class DeviceLostError extends SpectrahedronError {}

/** The device refused an allocation, or the byte budget does not allow it. */
export class DeviceMemoryError extends SpectrahedronError {}
