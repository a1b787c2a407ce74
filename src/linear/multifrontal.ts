import type { DenseKernels } from "./dense-kernels.ts";
import { KERNEL_COLUMNS } from "./amalgamation.ts";
import { factorPanel, subtractOuterColumn } from "./panel.ts";
import type { SymbolicFactor } from "./symbolic.ts";

/** Columns of a contribution block that one kernel call computes. */
const BLOCK = 96;

/**
 * The numeric factorisation: supernode by supernode, panel factored in place, its contribution block added to
 * the front above (I. S. Duff, J. K. Reid, "The multifrontal solution of indefinite sparse symmetric linear
 * equations", 1983). A parent's block is opened when its first child finishes, at the end of the workspace
 * away from that child's, so that both ends are stacks.
 */
export class MultifrontalFactorisation {
  private readonly symbolic: SymbolicFactor;
  private readonly kernels: DenseKernels;
  private readonly panels: Float64Array;
  private readonly workspace: Float64Array;
  private readonly blockAt: Float64Array;
  private readonly opened: Uint8Array;
  private bottom = 0;
  private top = 0;
  private readonly column: Float64Array;

  constructor(symbolic: SymbolicFactor, kernels: DenseKernels, panels: Float64Array) {
    this.symbolic = symbolic;
    this.kernels = kernels;
    this.panels = panels;
    this.workspace = new Float64Array(symbolic.workspace);
    this.blockAt = new Float64Array(symbolic.supernodes);
    this.opened = new Uint8Array(symbolic.supernodes);
    this.column = new Float64Array(symbolic.largestFront);
  }

  /**
   * The panels hold the matrix; on return the factor. `signs` in pivot order. Returns the replaced pivots.
   */
  run(signs: Int8Array, threshold: number, delta: number): number {
    const { start, rowPtr, parent, hasBlock, supernodes, panel } = this.symbolic;
    this.opened.fill(0);
    this.bottom = 0;
    this.top = this.workspace.length;
    let replaced = 0;
    for (let s = 0; s < supernodes; s++) {
      const width = start[s + 1] - start[s];
      const below = rowPtr[s + 1] - rowPtr[s];
      const p = parent[s];
      if (p !== -1 && hasBlock[p] === 1 && this.opened[p] === 0) this.open(s, p);
      if (width >= KERNEL_COLUMNS) replaced += this.factorByKernels(s, width, below, signs, threshold, delta);
      else {
        const rows = width + below;
        replaced += factorPanel(this.panels, panel[s], rows, width, signs, start[s], threshold, delta);
        if (below > 0) {
          if (width === 1 && hasBlock[s] === 0) this.contributeSingle(s, below);
          else this.contribute(s, width, below);
        }
      }
      if (hasBlock[s] === 1) this.close(s, below * below);
    }
    return replaced;
  }

  private isLow(s: number): boolean {
    return this.blockAt[s] < this.bottom;
  }

  private open(child: number, s: number): void {
    const { rowPtr, hasBlock } = this.symbolic;
    const size = (rowPtr[s + 1] - rowPtr[s]) ** 2;
    this.opened[s] = 1;
    const childIsLow = hasBlock[child] === 1 && this.isLow(child);
    if (childIsLow) {
      this.top -= size;
      this.blockAt[s] = this.top;
    } else {
      this.blockAt[s] = this.bottom;
      this.bottom += size;
    }
    this.workspace.fill(0, this.blockAt[s], this.blockAt[s] + size);
  }

  private close(s: number, size: number): void {
    if (size === 0) return;
    if (this.isLow(s)) this.bottom -= size;
    else this.top += size;
  }

  /**
   * Adds `values[i]`, i = j … below − 1, to the column of the parent's front that column j of the block falls
   * on.
   */
  private addColumn(s: number, j: number, below: number, values: Float64Array, offset: number): void {
    const { start, rowPtr, parent, panel, relative } = this.symbolic;
    const p = parent[s];
    const width = start[p + 1] - start[p];
    const blockRows = rowPtr[p + 1] - rowPtr[p];
    const places = rowPtr[s];
    const c = relative[places + j];
    if (c < width) {
      const target = this.panels;
      const base = panel[p] + c * (width + blockRows);
      for (let i = j; i < below; i++) target[base + relative[places + i]] += values[offset + i];
    } else {
      const target = this.workspace;
      const base = this.blockAt[p] + (c - width) * blockRows - width;
      for (let i = j; i < below; i++) target[base + relative[places + i]] += values[offset + i];
    }
  }

  /** One pivot and no block of its own: the outer product goes straight into the parent. */
  private contributeSingle(s: number, below: number): void {
    const { start, rowPtr, parent, panel, relative } = this.symbolic;
    const L = this.panels;
    const p = parent[s];
    const width = start[p + 1] - start[p];
    const blockRows = rowPtr[p + 1] - rowPtr[p];
    const places = rowPtr[s];
    const own = panel[s] + 1;
    const pivot = L[panel[s]];
    for (let j = 0; j < below; j++) {
      const w = L[own + j] * pivot;
      if (w === 0) continue;
      const c = relative[places + j];
      if (c < width) {
        const base = panel[p] + c * (width + blockRows);
        for (let i = j; i < below; i++) L[base + relative[places + i]] -= w * L[own + i];
      } else {
        const block = this.workspace;
        const base = this.blockAt[p] + (c - width) * blockRows - width;
        for (let i = j; i < below; i++) block[base + relative[places + i]] -= w * L[own + i];
      }
    }
  }

  private contribute(s: number, width: number, below: number): void {
    const { panel, hasBlock } = this.symbolic;
    const { panels, column, workspace } = this;
    const rows = width + below;
    for (let j = 0; j < below; j++) {
      if (hasBlock[s] === 1) {
        const at = this.blockAt[s] + j * below;
        subtractOuterColumn(panels, panel[s], rows, width, j, workspace, at);
        this.addColumn(s, j, below, workspace, at);
      } else {
        column.fill(0, j, below);
        subtractOuterColumn(panels, panel[s], rows, width, j, column, 0);
        this.addColumn(s, j, below, column, 0);
      }
    }
  }

  private factorByKernels(
    s: number,
    width: number,
    below: number,
    signs: Int8Array,
    threshold: number,
    delta: number,
  ): number {
    const { kernels, panels } = this;
    const { start, panel } = this.symbolic;
    const base = panel[s];
    const rows = width + below;
    const ownSigns = signs.subarray(start[s], start[s + 1]);
    if (below === 0) {
      const whole = panels.subarray(base, base + width * width);
      return kernels.ldl(width, whole, ownSigns, threshold, delta);
    }
    const pivots = new Float64Array(width * width);
    for (let j = 0; j < width; j++) {
      for (let i = j; i < width; i++) pivots[j * width + i] = panels[base + j * rows + i];
    }
    const replaced = kernels.ldl(width, pivots, ownSigns, threshold, delta);
    // (L₂₁D)ᵀ = L₁₁⁻¹A₂₁ᵀ, one column per row below.
    const scaled = new Float64Array(width * below);
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < below; i++) scaled[i * width + j] = panels[base + j * rows + width + i];
    }
    kernels.solveLower(false, true, width, below, pivots, scaled);
    const unscaled = new Float64Array(width * below);
    for (let j = 0; j < width; j++) {
      const inverse = 1 / pivots[j * width + j];
      const column = base + j * rows;
      for (let i = j; i < width; i++) panels[column + i] = pivots[j * width + i];
      for (let i = 0; i < below; i++) {
        const value = scaled[i * width + j] * inverse;
        unscaled[i * width + j] = value;
        panels[column + width + i] = value;
      }
    }
    this.contributeByKernels(s, width, below, scaled, unscaled);
    return replaced;
  }

  private contributeByKernels(
    s: number,
    width: number,
    below: number,
    scaled: Float64Array,
    L: Float64Array,
  ): void {
    const { kernels, workspace } = this;
    const { hasBlock } = this.symbolic;
    for (let first = 0; first < below; first += BLOCK) {
      const count = Math.min(BLOCK, below - first);
      const height = below - first;
      const product = new Float64Array(height * count);
      const left = scaled.subarray(first * width, below * width);
      const right = L.subarray(first * width, (first + count) * width);
      kernels.gemm(true, false, height, count, width, -1, left, right, 0, product);
      for (let j = 0; j < count; j++) {
        const column = j * height - first;
        if (hasBlock[s] === 1) {
          const at = this.blockAt[s] + (first + j) * below;
          for (let i = first + j; i < below; i++) product[column + i] += workspace[at + i];
        }
        this.addColumn(s, first + j, below, product, column);
      }
    }
  }
}
