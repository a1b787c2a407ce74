/// <reference types="@webgpu/types" />
import { BufferUsage, MAP_READ } from "./constants.ts";

/** Device time of one kernel. */
export interface ProfileRow {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Passes timed per submission: the most that one query set holds. */
export const TIMED_PASSES = 2048;

/** Adds up the device time of each kernel from timestamp queries. */
export class Profiler {
  private readonly device: GPUDevice;
  private readonly totals = new Map<string, { calls: number; nanoseconds: number }>();
  private readonly pending = new Set<Promise<void>>();
  private readonly idle: { queries: GPUQuerySet; resolved: GPUBuffer; staging: GPUBuffer }[] = [];

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Begins a submission of at most {@link TIMED_PASSES} passes. */
  begin(): ProfiledSubmission {
    const bytes = TIMED_PASSES * 16;
    const buffers = this.idle.pop() ?? {
      queries: this.device.createQuerySet({ type: "timestamp", count: TIMED_PASSES * 2 }),
      resolved: this.device.createBuffer({ size: bytes, usage: BufferUsage.queryResolve | BufferUsage.copySource }),
      staging: this.device.createBuffer({ size: bytes, usage: BufferUsage.mapRead | BufferUsage.copyDestination }),
    };
    const names: string[] = [];
    return {
      timestampWrites: (kernel) => {
        names.push(kernel);
        const first = 2 * (names.length - 1);
        return { querySet: buffers.queries, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
      },
      resolve: (encoder) => {
        if (names.length === 0) return;
        encoder.resolveQuerySet(buffers.queries, 0, 2 * names.length, buffers.resolved, 0);
        encoder.copyBufferToBuffer(buffers.resolved, 0, buffers.staging, 0, 16 * names.length);
      },
      submitted: () => {
        const work = this.collect(buffers.staging, names).finally(() => {
          this.pending.delete(work);
          this.idle.push(buffers);
        });
        work.catch(() => undefined); // reported by rows()
        this.pending.add(work);
      },
    };
  }

  /** What was measured so far, the longest first. Waits for submissions under way. */
  async rows(): Promise<ProfileRow[]> {
    await Promise.all(this.pending);
    return [...this.totals]
      .map(([kernel, { calls, nanoseconds }]) => ({ kernel, calls, milliseconds: nanoseconds / 1e6 }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }

  private async collect(staging: GPUBuffer, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await staging.mapAsync(MAP_READ, 0, 16 * names.length);
    const times = new BigUint64Array(staging.getMappedRange(0, 16 * names.length));
    names.forEach((name, i) => {
      const total = this.totals.get(name) ?? { calls: 0, nanoseconds: 0 };
      total.calls++;
      // A reset of the device's clock makes the end precede the beginning.
      if (times[2 * i + 1] > times[2 * i]) total.nanoseconds += Number(times[2 * i + 1] - times[2 * i]);
      this.totals.set(name, total);
    });
    staging.unmap();
  }
}

/** The timing of one submission. */
export interface ProfiledSubmission {
  timestampWrites(kernel: string): GPUComputePassTimestampWrites;
  resolve(encoder: GPUCommandEncoder): void;
  submitted(): void;
}

/** The table of a profile: kernel, calls, total and mean milliseconds, share. */
export function formatProfile(rows: readonly ProfileRow[]): string {
  const total = rows.reduce((sum, row) => sum + row.milliseconds, 0);
  const width = Math.max(6, ...rows.map((row) => row.kernel.length));
  const line = (name: string, ...cells: string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join(" ");
  const body = rows.map((row) =>
    line(
      row.kernel,
      String(row.calls),
      row.milliseconds.toFixed(3),
      (row.milliseconds / row.calls).toFixed(4),
      `${((100 * row.milliseconds) / (total || 1)).toFixed(1)} %`,
    ),
  );
  return [line("kernel", "calls", "ms", "ms/call", "share"), ...body].join("\n");
}
