import type { Cone } from "../problem/cones.ts";
import { svecLength } from "../problem/svec.ts";
import { quote } from "./line-scanner.ts";
import type { LineScanner } from "./line-scanner.ts";

/** A run of scalar variables or constraint rows in one of CBF's cones. */
export interface CbfDomain {
  readonly kind: "free" | "zero" | "positive" | "negative" | "rotated" | "reversed" | "direct";
  readonly dim: number;
  /** The ConicProblem cone of kinds "rotated", "reversed" and "direct". */
  readonly cone?: Cone;
}

/** Exponents of the power cones, as fractions alpha of alpha + beta = 1. */
export interface CbfPowers {
  readonly power: readonly number[];
  readonly dualPower: readonly number[];
}

/**
 * Reads `NAME dim` at hand: F free, L= zero, L+ and L- half-lines, Q second-order, QR rotated (2 x₁x₂ ≥ Σ
 * x_k²), EXP (x₁ ≥ x₂ exp(x₃/x₂)) and EXP* with rows in reverse of ours, @k:POW and @k:POW* of POWCONES and
 * POW*CONES, SVECPSD (version 4) in the order of svec.
 */
export function readDomain(scanner: LineScanner, powers: CbfPowers, limit: number): CbfDomain {
  const at = (scanner.skip(), scanner.pos);
  const name = scanner.word();
  const dimAt = (scanner.skip(), scanner.pos);
  const dim = scanner.integer(`the number of rows of cone ${name}`, 0, limit);
  scanner.expectLineEnd("a cone and its number of rows");
  const three = (cone: Cone, kind: "reversed" | "direct"): CbfDomain => {
    if (dim !== 3) scanner.fail(`cone ${name} has 3 rows, here it is given ${dim}`, dimAt);
    return { kind, dim, cone };
  };
  switch (name) {
    case "F":
      return { kind: "free", dim };
    case "L=":
      return { kind: "zero", dim };
    case "L+":
      return { kind: "positive", dim };
    case "L-":
      return { kind: "negative", dim };
    case "Q":
      return dim === 1
        ? { kind: "positive", dim }
        : { kind: "direct", dim, cone: { kind: "secondOrder", dim } };
    case "QR":
      if (dim < 2) scanner.fail(`cone QR has at least 2 rows, here it is given ${dim}`, dimAt);
      return dim === 2
        ? { kind: "positive", dim }
        : { kind: "rotated", dim, cone: { kind: "secondOrder", dim } };
    case "EXP":
      return three({ kind: "exponential" }, "reversed");
    case "EXP*":
      return three({ kind: "dualExponential" }, "reversed");
    case "SVECPSD": {
      const order = Math.floor((Math.sqrt(8 * dim + 1) - 1) / 2);
      if (svecLength(order) !== dim) {
        scanner.fail(`cone SVECPSD has k(k+1)/2 rows for an order k, here it is given ${dim}`, dimAt);
      }
      return { kind: "direct", dim, cone: { kind: "psd", order } };
    }
  }
  const match = /^@(\d+):POW(\*?)$/.exec(name);
  if (match === null) {
    scanner.fail(
      `unknown cone ${quote(name)}; known are F, L=, L+, L-, Q, QR, EXP, EXP*, SVECPSD, @k:POW and @k:POW*`,
      at,
    );
  }
  const dual = match[2] === "*";
  const table = dual ? powers.dualPower : powers.power;
  const index = Number(match[1]);
  if (index >= table.length) {
    scanner.fail(
      `${name} refers to entry ${index} of ${dual ? "POW*CONES" : "POWCONES"}, which has ${table.length}`,
      at,
    );
  }
  return three({ kind: dual ? "dualPower" : "power", alpha: table[index] }, "direct");
}
