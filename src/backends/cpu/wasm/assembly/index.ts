// Dense f64 kernels for WebAssembly SIMD. Every address is in bytes into the exported memory.

export { gemm, gemmScratchBytes, mirrorLower, scale, setGemmScratch, syrk } from "./gemm";
export {
  cholesky,
  choleskyPanel,
  inverseColumns,
  invertLower,
  ldl,
  ldlPanel,
  moveCorner,
  scaledRows,
  solveLower,
} from "./factor";
export { addTo, clear, tridiagonalHead, tridiagonalise, tridiagonalPass, tridiagonalTail } from "./tridiagonal";
export { implicitQl } from "./tridiagonal-ql";

/** First byte that the module itself does not use. */
export function arenaStart(): usize {
  return (__heap_base + 15) & ~15;
}
