import type { DeviceBuffer } from "../buffers.ts";
import { BINDING_ALIGNMENT } from "../constants.ts";
import type { Device } from "../device.ts";
import { DeviceMemoryError } from "../errors.ts";
import type { Gemm } from "../gemm.ts";
import { panels as source } from "../generated/shaders.ts";
import { linearGrid, parameters } from "../kernel.ts";
import type { Binding, Kernel, StorageBinding } from "../kernel.ts";
import type { Plan } from "../plan.ts";

const mirrorKernel: Kernel = { name: "panel-mirror", entry: "mirror", source };

/** Kernels of this file, to be compiled before use. */
export const PANEL_KERNELS: readonly Kernel[] = [mirrorKernel];

/** Panels end at multiples of this, so that bindings may begin at their columns. */
const ROW_STEP = BINDING_ALIGNMENT / 4;

/** How a square matrix is cut into panels of rows, each within one binding. */
export class PanelLayout {
  /** Rows and columns, a multiple of 4. */
  readonly order: number;
  /** Rows of every panel but the last, a multiple of 64. */
  readonly height: number;
  readonly count: number;

  /**
   * The fewest panels of at most `maxBytes` bytes, as equal as can be.
   * @throws DeviceMemoryError when 64 rows exceed one binding.
   */
  constructor(order: number, maxBytes: number) {
    this.order = 4 * Math.ceil(order / 4);
    const most = ROW_STEP * Math.floor(maxBytes / (4 * this.order * ROW_STEP));
    if (most === 0) {
      const limit = Math.floor(maxBytes / (4 * ROW_STEP));
      throw new DeviceMemoryError(
        `Panels of ${ROW_STEP} rows of a block of order ${order} exceed one binding of this adapter ` +
          `(${maxBytes} bytes, order ${limit}). Use the CPU backend.`,
      );
    }
    const fewest = Math.ceil(this.order / most);
    this.height = Math.min(most, ROW_STEP * Math.ceil(this.order / (fewest * ROW_STEP)));
    this.count = Math.ceil(this.order / this.height);
  }

  /** First row of a panel, and first column of its tile on the diagonal. */
  row(panel: number): number {
    return panel * this.height;
  }

  rows(panel: number): number {
    return Math.min(this.height, this.order - this.row(panel));
  }
}

/** A square matrix in panels, row-major. */
export class PanelMatrix {
  readonly layout: PanelLayout;
  readonly panels: readonly DeviceBuffer[];

  private constructor(layout: PanelLayout, panels: readonly DeviceBuffer[]) {
    this.layout = layout;
    this.panels = panels;
  }

  static async allocate(device: Device, layout: PanelLayout, label: string): Promise<PanelMatrix> {
    const panels: DeviceBuffer[] = [];
    for (let panel = 0; panel < layout.count; panel++) {
      const bytes = 4 * layout.rows(panel) * layout.order;
      panels.push(await device.buffers.allocate(bytes, `${label}, panel ${panel + 1} of ${layout.count}`));
    }
    return new PanelMatrix(layout, panels);
  }

  /** The columns from the first one of panel `tile` on; rows still lie `layout.order` floats apart. */
  from(panel: number, tile: number): StorageBinding {
    const buffer = this.panels[panel];
    const offset = 4 * this.layout.row(tile);
    return { buffer, offset, bytes: buffer.bytes - offset };
  }

  release(device: Device): void {
    for (const panel of this.panels) device.buffers.release(panel);
  }
}

/** A pair (alpha, beta) of floats among others on the device. */
export interface CoefficientPair {
  readonly coefficients: Binding;
  readonly coefficient: number;
}

/** C ← alpha·AB + beta·D for symmetric matrices whose product is symmetric; C is another matrix than A, B, D. */
export interface PanelProduct {
  readonly A: PanelMatrix;
  readonly B: PanelMatrix;
  readonly C: PanelMatrix;
  readonly D: PanelMatrix;
  readonly scale: CoefficientPair;
  /** (alpha, 1), for the terms after the first. */
  readonly next: CoefficientPair;
}

/**
 * Appends the upper block triangle of a product as sums of tile products, C_IJ = Σ_K (A_KI)ᵀ B_KJ for J ≥ I: half the
 * work. What lies below is left as it was; see {@link addMirror}.
 */
export function addPanelProduct(plan: Plan, gemm: Gemm, { A, B, C, D, scale, next }: PanelProduct): void {
  const { layout } = C;
  const ld = layout.order;
  for (let I = 0; I < layout.count; I++) {
    const m = layout.rows(I);
    for (const symmetric of [true, false]) {
      // The tile on the diagonal, then all to its right in one.
      const J = symmetric ? I : I + 1;
      if (J === layout.count) continue;
      const target = C.from(I, J);
      const n = symmetric ? m : ld - layout.row(J);
      for (let K = 0; K < layout.count; K++) {
        const operands = { A: A.from(K, I), B: B.from(K, J), C: target, D: K === 0 ? D.from(I, J) : target };
        const sizes = { m, n, k: layout.rows(K), lda: ld, ldb: ld, ldc: ld, symmetric };
        gemm.add(plan, { ...sizes, ...operands, ...(K === 0 ? scale : next) });
      }
    }
  }
}

/** Appends the copies of the upper block triangle, transposed, to the lower. */
export function addMirror(plan: Plan, M: PanelMatrix): void {
  const { layout } = M;
  for (let I = 0; I < layout.count; I++) {
    for (let J = I + 1; J < layout.count; J++) {
      const rows = layout.rows(I);
      const count = layout.rows(J);
      const sizes = parameters([0, layout.order, 0, rows, layout.row(I), count]);
      const grid = linearGrid(Math.ceil((rows * count) / (16 * 64)));
      plan.dispatch(mirrorKernel, [sizes, M.from(I, J), M.panels[J]], grid);
    }
  }
}
