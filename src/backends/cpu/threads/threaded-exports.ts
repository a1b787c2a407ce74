import type { WasmExports } from "../wasm/module.ts";
import type { KernelPool } from "./pool.ts";
import { GEMM, INVERSE, PASS, SOLVE, SYRK } from "./protocol.ts";
import { PANEL, SYRK_COLUMNS } from "./run-part.ts";

/** Multiply-adds below which a fork costs more than it gains (measured: some 10 µs against 5·10⁹ multiply-adds/s). */
const SMALL_PRODUCT = 300_000;
/** Orders, of the trailing matrix, below which a step of the tridiagonalisation stays on the calling thread. */
const SMALL_PASS = 160;
/** Parts of a step of the tridiagonalisation: a constant, so that the sums do not depend on the number of threads. */
const PASS_PARTS = 4;
const SMALL_FACTOR = 96;

/**
 * The module's exports with the heavy ones done by a pool: products, solves and factorisations give the same bits as on
 * one thread; the tridiagonalisation adds the parts of its matrix-vector products in another order.
 */
export function threadedExports(pool: KernelPool): WasmExports {
  const { wasm } = pool;
  const gemm: WasmExports["gemm"] = (transA, transB, m, n, k, alpha, A, lda, B, ldb, C, ldc) => {
    const longer = Math.max(m, n);
    if (m * n * k < SMALL_PRODUCT || longer < 16) return wasm.gemm(transA, transB, m, n, k, alpha, A, lda, B, ldb, C, ldc);
    // The operand along the shorter side is packed again for every part.
    const byRows = m > n;
    const width = 4 * Math.ceil(longer / pool.parts / 4);
    const parts = Math.ceil(longer / width);
    pool.fork(GEMM, parts, [transA, transB, m, n, k, A, lda, B, ldb, C, ldc, +byRows, width], alpha);
  };
  return {
    ...wasm,
    memory: wasm.memory,
    arenaStart: () => pool.start,
    gemm,
    syrk(trans, n, k, alpha, A, lda, C) {
      if (n * n * k < 2 * SMALL_PRODUCT || n <= SYRK_COLUMNS) return wasm.syrk(trans, n, k, alpha, A, lda, C);
      pool.fork(SYRK, Math.ceil(n / SYRK_COLUMNS), [trans, n, k, A, lda, C], alpha);
      wasm.mirrorLower(n, C);
    },
    cholesky(n, A, work) {
      if (n < SMALL_FACTOR) return wasm.cholesky(n, A, work);
      for (let j = 0; j < n; j += PANEL) {
        const cols = Math.min(PANEL, n - j);
        const at = A + 8 * (j * n + j);
        wasm.moveCorner(n, A, j, cols, work, 0);
        gemm(0, 1, n - j, cols, j, -1, A + 8 * j, n, A + 8 * j, n, at, n);
        wasm.moveCorner(n, A, j, cols, work, 1);
        const failed = wasm.choleskyPanel(n, A, j, cols);
        if (failed >= 0) return failed;
      }
      return -1;
    },
    ldl(n, A, signs, threshold, delta, work) {
      if (n < SMALL_FACTOR) return wasm.ldl(n, A, signs, threshold, delta, work);
      const scaled = work + 8 * PANEL * PANEL;
      let replaced = 0;
      for (let j = 0; j < n; j += PANEL) {
        const cols = Math.min(PANEL, n - j);
        wasm.scaledRows(n, A, j, cols, scaled);
        wasm.moveCorner(n, A, j, cols, work, 0);
        gemm(0, 1, n - j, cols, j, -1, A + 8 * j, n, scaled, PANEL, A + 8 * (j * n + j), n);
        wasm.moveCorner(n, A, j, cols, work, 1);
        replaced += wasm.ldlPanel(n, A, j, cols, signs, threshold, delta);
      }
      return replaced;
    },
    solveLower(trans, unit, n, k, L, ldl, B, ldb) {
      if (n * n * k < 2 * SMALL_PRODUCT || k < 8) return wasm.solveLower(trans, unit, n, k, L, ldl, B, ldb);
      const width = 4 * Math.ceil(k / pool.parts / 4);
      pool.fork(SOLVE, Math.ceil(k / width), [trans, unit, n, k, L, ldl, B, ldb, width]);
    },
    invertLower(n, L, work) {
      if (n < SMALL_FACTOR) return wasm.invertLower(n, L, work);
      // Columns of the inverse need only those of L from their diagonal on, which are overwritten after the parts.
      for (let from = 0; from < n; from += PANEL * pool.threads) {
        const parts = Math.min(pool.threads, Math.ceil((n - from) / PANEL));
        pool.fork(INVERSE, parts, [n, L, from, work]);
        const doubles = new Float64Array(wasm.memory.buffer);
        for (let part = 0; part < parts; part++) {
          const j = from + part * PANEL;
          const rows = n - j;
          const source = work / 8 + part * PANEL * n;
          for (let c = 0; c < Math.min(PANEL, rows); c++) {
            const begin = source + c * rows + c;
            doubles.copyWithin(L / 8 + (j + c) * n + j + c, begin, begin + rows - c);
          }
        }
      }
    },
    tridiagonalise(n, A, d, e, tau, work) {
      if (n < SMALL_PASS) return wasm.tridiagonalise(n, A, d, e, tau, work);
      const [w, p] = [work, work + 8 * n];
      let v = work + 16 * n;
      const factors = new Float64Array(wasm.memory.buffer, tau, n);
      // No product is formed meanwhile: the parts' sums stand in its scratch.
      const shares = pool.scratch;
      wasm.clear(n, w);
      wasm.clear(n, v);
      for (let k = 0; k < n; k++) {
        wasm.tridiagonalHead(n, A, k, d, e, tau, v, w);
        const rest = n - k - 1;
        if (rest === 0) break;
        const u = A + 8 * k * n;
        wasm.clear(rest, p + 8 * (k + 1));
        if (rest < SMALL_PASS) wasm.tridiagonalPass(n, A, k + 1, n, v, w, u, p);
        else {
          pool.fork(PASS, PASS_PARTS, [n, A, k + 1, v, w, u, shares, PASS_PARTS]);
          for (let part = 0; part < PASS_PARTS; part++) {
            wasm.addTo(rest, shares + 8 * (part * n + k + 1), p + 8 * (k + 1));
          }
        }
        wasm.tridiagonalTail(n, k, factors[k], u, p, w);
        v = u;
      }
    },
  };
}
