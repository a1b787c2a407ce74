import { GlDevice } from "../../../backends/webgl/gpu-js.ts";
import { BatchedProducts, paddedOrder, PolynomialBatch } from "../../../backends/webgl/polynomial.ts";
import { seededRandom } from "../examples/random.ts";
import { timeRuns } from "./timing.ts";
import type { BenchmarkItem, BenchmarkRow } from "./types.ts";

/** The projection's most accurate polynomial. */
const STEPS = 10;

/** Products and projections in single precision by WebGL2. */
export async function webglBench(): Promise<{ readonly name: string; readonly measure: (item: BenchmarkItem) => Promise<BenchmarkRow> }> {
  const device = await GlDevice.open();
  return {
    name: device.renderer,
    measure: async (item) => {
      const n = Number(item.size);
      const rows = symmetric(n);
      if (item.test === "product") {
        const products = new BatchedProducts(device, n, 1);
        const multiply = products.product();
        const A = products.upload([rows]);
        const [one, zero] = [Float32Array.of(1), Float32Array.of(0)];
        // The norms are read back so that the product has been done.
        const timing = await timeRuns(() => void products.squares(multiply(A, A, A, one, zero)));
        failOn(products.fault);
        products.release();
        return { ...item, backend: "webgl", ...timing, gflops: (2 * n ** 3) / timing.milliseconds / 1e6 };
      }
      const batch = new PolynomialBatch(device, paddedOrder(n), 1);
      const timing = await timeRuns(() => void batch.project([rows], STEPS));
      failOn(batch.products.fault);
      batch.products.release();
      return { ...item, backend: "webgl", ...timing };
    },
  };
}

/** A symmetric matrix of Frobenius norm below one, padded with zeros to whole texels. */
function symmetric(n: number): Float32Array[] {
  const random = seededRandom(n);
  const order = paddedOrder(n);
  const rows = Array.from({ length: order }, () => new Float32Array(order));
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) rows[i][j] = rows[j][i] = (2 * random() - 1) / n;
  return rows;
}

function failOn(fault: string | undefined): void {
  if (fault !== undefined) throw new Error(fault);
}
