import type { Device } from "../../src/backends/webgpu/device.ts";
import { addCombine, VECTOR_KERNELS } from "../../src/backends/webgpu/kernels/vector.ts";
import { renderTable } from "../../src/report/table.ts";
import { digits, median } from "./measure.ts";
import type { GpuContext } from "./part.ts";

/** What a call costs before it computes anything. */
export interface OverheadRow {
  readonly what: string;
  readonly value: number;
  readonly unit: "µs" | "GB/s";
}

const THREADS = 64;
const READ_BACKS = 20;
const TRANSFER_BYTES = 2 ** 24;

/** Cost of dispatches, submissions, read-backs and transfers. */
export async function benchOverhead({ device, sizes, add, print }: GpuContext): Promise<void> {
  await device.compile(VECTOR_KERNELS);
  const x = await device.upload(new Float32Array(THREADS).fill(1), "x");
  const y = await device.upload(new Float32Array(THREADS).fill(2), "y");
  const target = await device.upload(new Float32Array(THREADS), "target");
  const coefficients = await device.upload(new Float32Array([1, 1, 0, 0]), "coefficients");
  const one = device.plan();
  addCombine(one, THREADS, { buffer: coefficients }, { buffer: x }, { buffer: y }, { buffer: target });
  const many = device.plan();
  for (let i = 0; i < sizes.dispatches; i++) many.append(one);
  device.run(one);
  const [sum] = await device.readFloats(target, 1);
  if (sum !== 3) throw new Error(`1 + 2 gave ${sum} on this device.`);

  const together = await microseconds(device, () => device.run(many));
  const apart = await microseconds(device, () => {
    for (let i = 0; i < sizes.dispatches; i++) device.run(one);
  });
  const readBack = await times(async () => {
    device.run(one);
    await device.readFloats(target, 4);
  });
  const large = new Float32Array(TRANSFER_BYTES / 4);
  const buffer = await device.upload(large, "transfer");
  await device.finish();
  const up = await times(async () => {
    device.write(buffer, large);
    device.run(one); // a write may wait for a submission
    await device.finish();
  });
  const down = await times(() => device.readFloats(buffer));
  for (const used of [x, y, target, coefficients, buffer]) device.buffers.release(used);

  const rate = (ms: number): number => TRANSFER_BYTES / ms / 1e6;
  const rows: OverheadRow[] = [
    { what: "dispatch, many in a submission", value: together / sizes.dispatches, unit: "µs" },
    { what: "dispatch with a submission of its own", value: apart / sizes.dispatches, unit: "µs" },
    { what: "dispatch and read-back of 16 bytes", value: 1000 * readBack, unit: "µs" },
    { what: "upload of 16 MiB", value: rate(up), unit: "GB/s" },
    { what: "read-back of 16 MiB", value: rate(down), unit: "GB/s" },
  ];
  for (const row of rows) add({ kind: "overhead", ...row });
  print(formatOverhead(rows));
}

/** The table of {@link benchOverhead}. */
export function formatOverhead(rows: readonly OverheadRow[]): string {
  return renderTable<OverheadRow>(
    [
      { title: "call", align: "left", cell: ({ what }) => what },
      { title: "cost", cell: ({ value, unit }) => `${digits(value)} ${unit}` },
    ],
    rows,
  );
}

/** Median milliseconds of a call. */
async function times(call: () => Promise<unknown>): Promise<number> {
  await call();
  const all: number[] = [];
  for (let i = 0; i < READ_BACKS; i++) {
    const start = performance.now();
    await call();
    all.push(performance.now() - start);
  }
  return median(all);
}

/** Least microseconds of work that is queued, to its end. */
async function microseconds(device: Device, queue: () => void): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 4; i++) {
    const start = performance.now();
    queue();
    await device.finish();
    if (i > 0) least = Math.min(least, 1000 * (performance.now() - start));
  }
  return least;
}
