import type { WasmExports } from "../wasm/module.ts";
import { ARGUMENTS, GEMM, INVERSE, OPERATION, PASS, SOLVE, SYRK } from "./protocol.ts";
import type { Operation } from "./protocol.ts";

/** Columns of the lower triangle that a part of SYRK forms, as the module's own syrk does. */
export const SYRK_COLUMNS = 64;
/** Panel width of the module's factorisations (assembly/factor.ts). */
export const PANEL = 32;

/** Does one part of the operation that the control array describes. */
export function runPart(wasm: WasmExports, control: Int32Array, factor: Float64Array, part: number): void {
  const a = control.subarray(ARGUMENTS);
  switch (control[OPERATION] as Operation) {
    case GEMM:
      return multiply(wasm, a, factor[0], part);
    case SYRK:
      return symmetric(wasm, a, factor[0], part);
    case SOLVE: {
      const [trans, unit, n, k, L, ldl, B, ldb, width] = a;
      const first = part * width;
      const columns = Math.min(width, k - first);
      wasm.solveLower(trans, unit, n, columns, L, ldl, B + 8 * first * ldb, ldb);
      return;
    }
    case INVERSE: {
      const [n, L, from, work] = a;
      const j = from + part * PANEL;
      wasm.inverseColumns(n, L, j, Math.min(PANEL, n - j), work + 8 * part * PANEL * n);
      return;
    }
    case PASS: {
      const [n, A, first, v, w, u, p, parts] = a;
      const own = p + 8 * part * n;
      wasm.clear(n - first, own + 8 * first);
      wasm.tridiagonalPass(n, A, bound(n, first, part, parts), bound(n, first, part + 1, parts), v, w, u, own);
    }
  }
}

/** C ← C + alpha·op(A)·op(B) for a block of columns, or of rows. */
function multiply(wasm: WasmExports, a: Int32Array, alpha: number, part: number): void {
  const [transA, transB, m, n, k, A, lda, B, ldb, C, ldc, byRows, width] = a;
  const first = part * width;
  if (byRows) {
    const rows = Math.min(width, m - first);
    wasm.gemm(transA, transB, rows, n, k, alpha, A + 8 * first * (transA ? lda : 1), lda, B, ldb, C + 8 * first, ldc);
  } else {
    const columns = Math.min(width, n - first);
    const from = B + 8 * first * (transB ? 1 : ldb);
    wasm.gemm(transA, transB, m, columns, k, alpha, A, lda, from, ldb, C + 8 * first * ldc, ldc);
  }
}

/** One block of columns of the lower triangle of C + alpha·op(A)·op(A)ᵀ. */
function symmetric(wasm: WasmExports, a: Int32Array, alpha: number, part: number): void {
  const [trans, n, k, A, lda, C] = a;
  const j = part * SYRK_COLUMNS;
  const block = A + 8 * (trans ? j * lda : j);
  const columns = Math.min(SYRK_COLUMNS, n - j);
  wasm.gemm(trans, 1 - trans, n - j, columns, k, alpha, block, lda, block, lda, C + 8 * (j * n + j), n);
}

/**
 * Where part begins when the columns first … n of a lower triangle are dealt out by area; an even number of columns from
 * the first.
 */
function bound(n: number, first: number, part: number, parts: number): number {
  if (part === parts) return n;
  const columns = (n - first) * (1 - Math.sqrt(1 - part / parts));
  return first + 2 * Math.round(columns / 2);
}
