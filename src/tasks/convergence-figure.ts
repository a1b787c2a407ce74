import type { VegaLiteSpec } from "../report/figure.ts";
import type { IterationInfo } from "../solver/settings.ts";

/** Beyond this every second entry is dropped: a picture shows no more. */
const MOST_ENTRIES = 1000;

/** Residuals and gap of a solve over time, thinned out evenly as they grow in number. */
export class ConvergenceHistory {
  private entries: IterationInfo[] = [];
  private stride = 1;
  private count = 0;

  get length(): number {
    return this.entries.length;
  }

  add(info: IterationInfo): void {
    if (this.count++ % this.stride !== 0) return;
    this.entries.push(info);
    if (this.entries.length < MOST_ENTRIES) return;
    this.entries = this.entries.filter((_, k) => k % 2 === 0);
    this.stride *= 2;
  }

  /** Residuals and gap against seconds, on a logarithmic scale. */
  figure(title: string): VegaLiteSpec {
    const values = this.entries.flatMap(({ phase, seconds, primalResidual, dualResidual, gap }) =>
      (
        [
          ["primal residual", primalResidual],
          ["dual residual", dualResidual],
          ["gap", Math.abs(gap)],
        ] as const
      )
        .filter(([, value]) => value > 0 && Number.isFinite(value))
        .map(([measure, value]) => ({ seconds, value, measure, phase })),
    );
    return {
      title,
      width: 520,
      height: 300,
      data: { values },
      mark: { type: "line", point: { size: 18, filled: true } },
      encoding: {
        x: { field: "seconds", type: "quantitative", title: "seconds" },
        y: { field: "value", type: "quantitative", scale: { type: "log" }, axis: { format: ".0e" }, title: "relative error" },
        color: { field: "measure", type: "nominal", title: null },
        detail: { field: "phase", type: "nominal" },
      },
    };
  }
}
