/** What the AssemblyScript module exports (assembly/index.ts). Addresses are in bytes. */
export interface WasmExports {
  readonly memory: WebAssembly.Memory;
  arenaStart(): number;
  gemmScratchBytes(): number;
  setGemmScratch(address: number): void;
  gemm(
    transA: number,
    transB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    A: number,
    lda: number,
    B: number,
    ldb: number,
    C: number,
    ldc: number,
  ): void;
  scale(m: number, n: number, beta: number, C: number, ldc: number): void;
  syrk(trans: number, n: number, k: number, alpha: number, A: number, lda: number, C: number): void;
  cholesky(n: number, A: number, work: number): number;
  ldl(n: number, A: number, signs: number, threshold: number, delta: number, work: number): number;
  solveLower(
    trans: number,
    unit: number,
    n: number,
    k: number,
    L: number,
    ldl: number,
    B: number,
    ldb: number,
  ): void;
  invertLower(n: number, L: number, work: number): void;
  choleskyPanel(n: number, A: number, j: number, cols: number): number;
  ldlPanel(n: number, A: number, j: number, cols: number, signs: number, threshold: number, delta: number): number;
  moveCorner(n: number, A: number, start: number, cols: number, work: number, back: number): void;
  scaledRows(n: number, A: number, j: number, cols: number, scaled: number): void;
  inverseColumns(n: number, L: number, j: number, cols: number, work: number): void;
  mirrorLower(n: number, C: number): void;
  clear(n: number, x: number): void;
  addTo(n: number, source: number, target: number): void;
  tridiagonalHead(
    n: number,
    A: number,
    k: number,
    d: number,
    e: number,
    tau: number,
    v: number,
    w: number,
  ): void;
  tridiagonalPass(
    n: number,
    A: number,
    first: number,
    last: number,
    v: number,
    w: number,
    u: number,
    p: number,
  ): void;
  tridiagonalTail(n: number, k: number, factor: number, u: number, p: number, w: number): void;
  tridiagonalise(n: number, A: number, d: number, e: number, tau: number, work: number): void;
  implicitQl(n: number, d: number, e: number, Q: number, width: number, work: number): number;
}

/** (func (result v128) i32.const 0 i8x16.splat): the smallest module that needs SIMD. */
const SIMD_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);

/** Whether this platform runs WebAssembly with fixed-width SIMD. */
export function hasWasmSimd(): boolean {
  return typeof WebAssembly === "object" && WebAssembly.validate(SIMD_PROBE);
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The embedded module, compiled once. It imports its memory. */
export function compileKernels(): Promise<WebAssembly.Module> {
  compiled ??= embeddedModule(false);
  return compiled;
}

/** The same over a memory that threads share. */
export function compileSharedKernels(): Promise<WebAssembly.Module> {
  return embeddedModule(true);
}

async function embeddedModule(shared: boolean): Promise<WebAssembly.Module> {
  const { kernelsBase64, sharedMemoryFlag } = await import("./generated/kernels.ts");
  const bytes = Uint8Array.from(atob(kernelsBase64), (character) => character.charCodeAt(0));
  if (shared) bytes[sharedMemoryFlag.at] = sharedMemoryFlag.value;
  return WebAssembly.compile(bytes);
}

/** Instantiates the embedded module with a memory of its own. */
export async function instantiateKernels(): Promise<WasmExports> {
  return instantiateOwn(await compileKernels());
}

/** Instantiates a compiled module with a memory of its own. */
export function instantiateOwn(module: WebAssembly.Module): Promise<WasmExports> {
  return instantiate(module, new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
}

/** Instantiates a compiled module over a memory. */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<WasmExports> {
  const instance = await WebAssembly.instantiate(module, { env: { memory } });
  return { ...(instance.exports as unknown as WasmExports), memory };
}
