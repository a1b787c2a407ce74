import type { IKernelRunShortcut } from "gpu.js";
import { makeSchedule, SCHEDULE_PARAMETERS } from "../schedules.ts";
import type { ScheduleLength } from "../schedules.ts";
import type { GlDevice, Stored } from "./gpu-js.ts";
import { COMBINE, PACK, PRODUCT, ROW_SQUARES, UNPACK } from "./sources.ts";

/** Stored matrices as arguments, by mode. */
const MATRIX = { webgl2: "ArrayTexture(4)", cpu: "Array3D(4)" } as const;
/** Numbers from the host, nested or not. */
const NUMBERS = "Array";

/** Beyond this order, indices into an uploaded matrix are not exact in f32. */
export const LARGEST_ORDER = 4096;

/** Layers of padded order n that fit one texture, and a quarter of a gigabyte in all. */
export function layersAtOnce(order: number, maxTextureSize: number): number {
  const texels = (order * order) / 4;
  const bytes = 7 * 16 * texels;
  const exact = 2 ** 24 / (order * order);
  return Math.floor(Math.min((maxTextureSize * maxTextureSize) / texels, Math.max(1, 2 ** 28 / bytes), exact, 2048));
}

/** Rounds an order up to whole texels. */
export function paddedOrder(order: number): number {
  return 4 * Math.ceil(order / 4);
}

/**
 * Batched symmetric matrix products in f32: `layers` matrices of padded order n. Every product has a texture of its own
 * that its next call overwrites.
 */
export class BatchedProducts {
  readonly order: number;
  readonly layers: number;
  readonly #device: GlDevice;
  readonly #kernels: IKernelRunShortcut[] = [];
  readonly #pack: IKernelRunShortcut;
  readonly #unpack: IKernelRunShortcut;
  readonly #squares: IKernelRunShortcut;

  /** @param order a multiple of 4, at most {@link LARGEST_ORDER}. */
  constructor(device: GlDevice, order: number, layers: number) {
    this.#device = device;
    this.order = order;
    this.layers = layers;
    const matrix = MATRIX[device.mode];
    this.#pack = this.#stored(PACK, [NUMBERS]);
    this.#unpack = this.#kernel(UNPACK, [matrix], [order, order, layers], { optimizeFloatMemory: true });
    this.#squares = this.#kernel(ROW_SQUARES, [matrix], [order, layers], {});
  }

  /** Uploads full matrices: layer, row, column. */
  upload(matrices: readonly (readonly Float32Array[])[]): Stored {
    return this.#pack(matrices as unknown as number[][][]) as Stored;
  }

  /** A product alpha·A·B + beta·D, alpha and beta by layer, with a place of its own for the result. */
  product(): (A: Stored, B: Stored, D: Stored, alpha: Float32Array, beta: Float32Array) => Stored {
    const matrix = MATRIX[this.#device.mode];
    const kernel = this.#stored(PRODUCT, [matrix, matrix, matrix, NUMBERS, NUMBERS]);
    return (A, B, D, alpha, beta) => kernel(A, B, D, alpha, beta) as Stored;
  }

  /** A sum alpha·A + beta·B with a place of its own for the result. */
  combination(): (A: Stored, B: Stored, alpha: Float32Array, beta: Float32Array) => Stored {
    const matrix = MATRIX[this.#device.mode];
    const kernel = this.#stored(COMBINE, [matrix, matrix, NUMBERS, NUMBERS]);
    return (A, B, alpha, beta) => kernel(A, B, alpha, beta) as Stored;
  }

  /** ‖A‖_F² of every layer; waits for the device. */
  squares(A: Stored): Float64Array {
    const rows = this.#squares(A) as unknown as readonly Float32Array[];
    return Float64Array.from(rows, (row) => row.reduce((sum, value) => sum + value, 0));
  }

  /** The matrices: layer, row, column; waits for the device. */
  download(A: Stored): readonly (readonly Float32Array[])[] {
    return this.#unpack(A) as unknown as readonly (readonly Float32Array[])[];
  }

  /** Why the kernels do not run where they should, when gpu.js has moved them to JavaScript by itself. */
  get fault(): string | undefined {
    if (this.#device.mode === "cpu") return undefined;
    if (this.#device.lost) return "the WebGL context was lost";
    for (const kernel of this.#kernels) {
      const reason = (kernel as { readonly fallbackReason?: string | null }).fallbackReason;
      if (reason) return reason;
    }
    return undefined;
  }

  release(): void {
    for (const kernel of this.#kernels) kernel.destroy();
  }

  #stored(source: string, argumentTypes: string[]): IKernelRunShortcut {
    return this.#kernel(source, argumentTypes, [this.order / 4, this.order, this.layers], { pipeline: true });
  }

  #kernel(source: string, argumentTypes: string[], output: number[], more: object): IKernelRunShortcut {
    // The types say an object by name, gpu.js takes a list as well; a text has no names that survive.
    const settings = { output, constants: { quads: this.order / 4 }, argumentTypes: argumentTypes as never, ...more };
    const kernel = this.#device.kernel(source, settings);
    this.#kernels.push(kernel);
    return kernel;
  }
}

/**
 * Projection of a batch of symmetric matrices onto the PSD cone: P₊ = ½(X + X·sign X) with the sign from a polynomial
 * iteration (schedules.ts), 3·steps + 1 products in f32.
 */
export class PolynomialBatch {
  readonly products: BatchedProducts;
  readonly #square: ReturnType<BatchedProducts["product"]>;
  readonly #fourth: ReturnType<BatchedProducts["product"]>;
  readonly #turns: readonly ReturnType<BatchedProducts["product"]>[];
  readonly #combine: ReturnType<BatchedProducts["combination"]>;
  readonly #schedules = new Map<ScheduleLength, ReturnType<typeof makeSchedule>>();

  constructor(device: GlDevice, order: number, layers: number) {
    const products = new BatchedProducts(device, order, layers);
    this.products = products;
    this.#square = products.product();
    this.#fourth = products.product();
    this.#turns = [products.product(), products.product()];
    this.#combine = products.combination();
  }

  /** The projections of matrices with ‖X‖_F ≤ 1 (zero allowed), layer, row, column. */
  project(matrices: readonly (readonly Float32Array[])[], steps: ScheduleLength): readonly (readonly Float32Array[])[] {
    const { products } = this;
    const all = (value: number): Float32Array => new Float32Array(products.layers).fill(value);
    const [zero, one, half] = [all(0), all(1), all(0.5)];
    const schedule = this.#schedule(steps);
    const X = products.upload(matrices);
    // The first step takes ‖X‖₂ ≤ σ = ‖X⁴‖_F^¼ from its own products.
    const Y = this.#square(X, X, X, one, zero);
    const W = this.#fourth(Y, Y, Y, one, zero);
    const sigma = products.squares(W).map((square) => (square > 0 ? square ** 0.125 : 1));
    const [a, b, c] = schedule[0];
    const Z = this.#combine(W, Y, Float32Array.from(sigma, (s) => c / s ** 5), Float32Array.from(sigma, (s) => b / s ** 3));
    let S = this.#turns[0](X, Z, X, one, Float32Array.from(sigma, (s) => a / s));
    for (let step = 1; step < schedule.length; step++) {
      const [first, third, fifth] = schedule[step];
      const squared = this.#square(S, S, S, one, zero);
      const inner = this.#fourth(squared, squared, squared, all(fifth), all(third));
      S = this.#turns[step % 2](S, inner, S, one, all(first));
    }
    return products.download(this.#turns[schedule.length % 2](X, S, X, half, half));
  }

  #schedule(steps: ScheduleLength): ReturnType<typeof makeSchedule> {
    let schedule = this.#schedules.get(steps);
    if (schedule === undefined) {
      schedule = makeSchedule(SCHEDULE_PARAMETERS[steps]);
      this.#schedules.set(steps, schedule);
    }
    return schedule;
  }
}
