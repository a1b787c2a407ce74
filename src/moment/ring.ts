import { ProblemError } from "../errors.ts";
import { parsePolynomial } from "./parse.ts";
import { Polynomial } from "./polynomial.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names for the variables of polynomials. */
export class PolynomialRing {
  readonly names: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  /** @throws ProblemError for a name that is repeated or not a letter followed by letters, digits and _ */
  constructor(names: readonly string[]) {
    this.names = [...names];
    const index = new Map<string, number>();
    names.forEach((name, k) => {
      if (!NAME.test(name)) {
        throw new ProblemError(
          `"${name}" is no name of a variable: use a letter, then letters, digits and _`,
          {
            field: "variables",
            index: k,
            value: name,
          },
        );
      }
      if (index.has(name)) {
        throw new ProblemError(`the variable ${name} is named twice`, {
          field: "variables",
          index: k,
          value: name,
        });
      }
      index.set(name, k);
    });
    this.#index = index;
  }

  /** x1 … xn. */
  static numbered(n: number): PolynomialRing {
    return new PolynomialRing(Array.from({ length: n }, (_, k) => `x${k + 1}`));
  }

  get variables(): Polynomial[] {
    return this.names.map((_, k) => Polynomial.variable(k));
  }

  /** @throws ProblemError for an unknown name */
  indexOf(name: string): number {
    const index = this.#index.get(name);
    if (index === undefined) {
      const known =
        this.names.length > 12 ? `${this.names.slice(0, 12).join(", ")}, …` : this.names.join(", ");
      throw new ProblemError(`unknown variable "${name}"; known are ${known === "" ? "none" : known}`, {
        value: name,
      });
    }
    return index;
  }

  variable(name: string): Polynomial {
    return Polynomial.variable(this.indexOf(name));
  }

  /** Reads `"x1^4 + 3*x1*x2 - 1"`. @throws FormatError (text) or ProblemError (unknown variable) */
  parse(text: string): Polynomial {
    return parsePolynomial(text, (name) => this.variable(name));
  }

  format(polynomial: Polynomial): string {
    return polynomial.toString((v) => this.names[v]);
  }
}

/** The ring of all variables in a text, in natural order (x2 before x10). @throws FormatError */
export function ringOf(...texts: readonly string[]): PolynomialRing {
  const names = new Set<string>();
  for (const text of texts) {
    parsePolynomial(text, (name) => {
      names.add(name);
      return Polynomial.constant(1);
    });
  }
  const collator = new Intl.Collator("en", { numeric: true });
  return new PolynomialRing([...names].sort((a, b) => collator.compare(a, b) || (a < b ? -1 : 1)));
}
