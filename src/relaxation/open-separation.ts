import { Device } from "../backends/webgpu/device.ts";
import type { Cut, NeuronEnvelope } from "./neuron-envelope.ts";
import { DeviceSeparation } from "./webgpu-separation.ts";
import type { RoughEnvelopes } from "./webgpu-separation.ts";

/** Neurons that live on a WebGPU device. */
export interface OpenSeparation {
  /** Name of the adapter. */
  readonly adapter: string;
  /** Both envelopes and a supporting plane of each in single precision, `[point][neuron]`. */
  evaluate(points: readonly ArrayLike<number>[]): Promise<RoughEnvelopes[][]>;
  /**
   * Cuts for the points (x, y) with y[neuron] beyond an envelope: `[point][neuron]`, undefined where no violation above
   * `tolerance` (default 1e-5, about what f32 can see) shows. Every cut is certified and repaired in f64.
   */
  separate(
    points: readonly { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> }[],
    tolerance?: number,
  ): Promise<(Cut | undefined)[][]>;
  /** Gives the device back; in Node the process can then end. */
  close(): void;
}

/**
 * Opens a WebGPU device and uploads neurons, all with the same number of inputs.
 * @param adapter part of the adapter's name; the fastest by default
 * @throws UnsupportedError without WebGPU, for polynomial activations, and for more than 1024 active inputs
 */
export async function openSeparation(envelopes: readonly NeuronEnvelope[], adapter?: string): Promise<OpenSeparation> {
  const device = await Device.open(adapter === undefined ? {} : { adapter });
  try {
    const separation = await DeviceSeparation.create(device, envelopes);
    return {
      adapter: device.name,
      evaluate: (points) => separation.evaluate(points),
      separate: (points, tolerance) => separation.separate(points, tolerance),
      close: () => {
        separation.release();
        device.destroy();
      },
    };
  } catch (error) {
    device.destroy();
    throw error;
  }
}
