import type { DenseKernels } from "../../linear/dense-kernels.ts";
import type { Interval } from "../bounds.ts";
import type { NormObjective } from "../problem.ts";
import { certifyNorm } from "../sublevel/certify-norm.ts";
import { normLevel } from "../sublevel/norm-sublevel.ts";

/** How small a loss can be. */
export interface LossCertificate {
  readonly value: number;
  /** Whether it holds for all coefficients; otherwise for |c_v| ≤ bounds[v]. */
  readonly everywhere: boolean;
  /**
   * - `sub-level set`: a relaxation on the box that encloses everything as good as the point found.
   * - `relaxation`: that over the bounds. - `lifted outputs`: the distance of the data from all lifted outputs.
   */
  readonly by: "sub-level set" | "relaxation" | "lifted outputs";
  /** By `sub-level set`: holds every vector of coefficients (within the bounds) whose loss is no larger. */
  readonly enclosure: readonly Interval[] | undefined;
}

/** The bounds that hold for |c_v| ≤ bounds[v] and are known already. */
export interface KnownBounds {
  readonly relaxation: number;
  readonly lifted: number;
}

/**
 * The best certificate at hand: from the sub-level set of the point among all coefficients, else among those
 * within the bounds, else the best of the bounds known.
 *
 * @param value the loss at the point, from the network's outputs
 */
export async function certifyLoss(
  objective: NormObjective,
  point: Float64Array,
  value: number,
  bounds: Float64Array,
  known: KnownBounds,
  kernels: DenseKernels,
): Promise<LossCertificate> {
  const level = normLevel(objective, point);
  const whole = Array.from(point, (): Interval => [-Infinity, Infinity]);
  const within = Array.from(bounds, (bound): Interval => [-bound, bound]);
  for (const box of [whole, within]) {
    const found = await certifyNorm(objective, level, box, kernels);
    const bound = found && Math.max(0, found.value - Math.max(0, level - value));
    if (!found || bound === undefined) continue;
    if (box === within && bound < Math.max(known.relaxation, known.lifted)) continue;
    return { value: bound, everywhere: box === whole, by: "sub-level set", enclosure: found.box };
  }
  return certificateOf(known);
}

export function certificateOf({ relaxation, lifted }: KnownBounds): LossCertificate {
  return {
    value: Math.max(relaxation, lifted),
    everywhere: false,
    by: relaxation >= lifted ? "relaxation" : "lifted outputs",
    enclosure: undefined,
  };
}
