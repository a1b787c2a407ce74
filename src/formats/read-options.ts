/** Settings of every reader. */
export interface ReadOptions {
  /** File name, for errors, detection by extension and the problem's name. */
  readonly name: string;
  /** Default: by extension, then by content. */
  readonly format?: FormatName;
  /**
   * Largest number of rows and of variables accepted, so that a damaged count does not ask for all memory.
   * Default 2²⁶ (a PSD block of order 11584), which is also the most allowed.
   */
  readonly maxSize?: number;
  /** Read integer variables as continuous ones instead of refusing them (CBF, MPS). Default false. */
  readonly relaxIntegers?: boolean;
  /**
   * MPS only: "fixed" columns, "free" fields, or "auto" (fields, and columns where the fields do not fit).
   */
  readonly mpsForm?: "auto" | "fixed" | "free";
}

export type FormatName = "sdpa" | "cbf" | "mps" | "json";

export const MAX_SIZE = 2 ** 26;

/** maxSize of the options, capped by what 32-bit indices and exact keys allow. */
export function sizeLimit(options: ReadOptions): number {
  return Math.min(MAX_SIZE, Math.max(0, Math.floor(options.maxSize ?? MAX_SIZE)));
}

/** "dir/theta1.dat-s.gz" ↦ "theta1". */
export function problemName(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return base.replace(/\.gz$/i, "").replace(/\.(dat-s|dat|sdpa|cbf|mps|qps|lp|json)$/i, "");
}
