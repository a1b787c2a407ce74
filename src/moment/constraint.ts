import { FormatError } from "../errors.ts";
import type { Polynomial } from "./polynomial.ts";
import type { PolynomialRing } from "./ring.ts";

/** g ≥ 0 or h = 0, as read from `"x1^2 + x2^2 <= 1"`. */
export interface ParsedConstraint {
  readonly kind: "inequality" | "equality";
  readonly polynomial: Polynomial;
}

/** The two sides of `"a >= b"`, `"a <= b"`, `"a = b"`. @throws FormatError */
export function splitConstraint(text: string): {
  readonly left: string;
  readonly sign: ">=" | "<=" | "=";
  readonly right: string;
} {
  const parts = text.split(/(>=|<=|==|=)/);
  if (parts.length !== 3) {
    throw new FormatError(`a constraint needs one of >=, <= and = : "${text}"`, { value: text });
  }
  return { left: parts[0], sign: parts[1] === "==" ? "=" : (parts[1] as ">=" | "<=" | "="), right: parts[2] };
}

/** Reads a constraint. @throws FormatError, ProblemError for an unknown variable */
export function parseConstraint(text: string, ring: PolynomialRing): ParsedConstraint {
  const { left, sign, right } = splitConstraint(text);
  const difference = ring.parse(left).minus(ring.parse(right));
  if (sign === "=") return { kind: "equality", polynomial: difference };
  return { kind: "inequality", polynomial: sign === ">=" ? difference : difference.times(-1) };
}
