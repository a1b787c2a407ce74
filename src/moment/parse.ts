import { FormatError } from "../errors.ts";
import { Polynomial } from "./polynomial.ts";

const MOST_TERMS_DEGREE = 64;
const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_][A-Za-z0-9_]*)|(\*\*|[-+*/^()]))/y;

interface Token {
  readonly kind: "number" | "name" | "sign" | "end";
  readonly text: string;
  /** One-based. */
  readonly column: number;
}

/**
 * Reads a polynomial: numbers, names, + − * / (by numbers), ^ or ** with whole exponents, parentheses; the *
 * between a number and what follows it may be left out. `variable` turns a name into its polynomial.
 * @throws FormatError with the column of the fault
 */
export function parsePolynomial(text: string, variable: (name: string) => Polynomial): Polynomial {
  const tokens = tokenize(text);
  let at = 0;
  const peek = (): Token => tokens[at];
  const isSign = (...signs: string[]): boolean => peek().kind === "sign" && signs.includes(peek().text);

  function sum(): Polynomial {
    let value = product();
    while (isSign("+", "-")) {
      const minus = tokens[at++].text === "-";
      const next = product();
      value = minus ? value.minus(next) : value.plus(next);
    }
    return value;
  }

  function product(): Polynomial {
    if (isSign("+", "-")) {
      const minus = tokens[at++].text === "-";
      const value = product();
      return minus ? value.times(-1) : value;
    }
    let value = power();
    for (;;) {
      if (isSign("*")) {
        at++;
        value = value.times(signedPower());
      } else if (isSign("/")) {
        const where = tokens[at++];
        const divisor = signedPower();
        if (divisor.degree > 0 || divisor.isZero)
          fail(where, "only division by a number other than 0 gives a polynomial");
        value = value.times(1 / divisor.evaluate([]));
      } else if (tokens[at - 1].kind === "number" && (peek().kind === "name" || isSign("("))) {
        value = value.times(power());
      } else if (peek().kind === "name" || peek().kind === "number" || isSign("(")) {
        fail(peek(), `expected an operator before "${peek().text}"`);
      } else return value;
    }
  }

  function signedPower(): Polynomial {
    let sign = 1;
    while (isSign("+", "-")) if (tokens[at++].text === "-") sign = -sign;
    const value = power();
    return sign === 1 ? value : value.times(-1);
  }

  function power(): Polynomial {
    const base = atom();
    if (!isSign("^", "**")) return base;
    at++;
    const exponent = tokens[at++];
    const value = Number(exponent.text);
    if (exponent.kind !== "number" || !Number.isInteger(value)) {
      fail(exponent, "an exponent must be a whole number of at least 0");
    }
    if (base.degree * value > MOST_TERMS_DEGREE) fail(exponent, `the degree exceeds ${MOST_TERMS_DEGREE}`);
    if (isSign("^", "**")) fail(peek(), "write parentheses around a power of a power");
    return base.power(value);
  }

  function atom(): Polynomial {
    const token = tokens[at++];
    if (token.kind === "number") return Polynomial.constant(Number(token.text));
    if (token.kind === "name") return variable(token.text);
    if (token.kind === "sign" && token.text === "(") {
      const value = sum();
      if (!isSign(")")) fail(peek(), 'expected ")"');
      at++;
      return value;
    }
    return fail(token, token.kind === "end" ? "the polynomial ends too early" : `unexpected "${token.text}"`);
  }

  function fail(token: Token, message: string): never {
    throw new FormatError(`${message} (column ${token.column} of "${shorten(text)}")`, {
      column: token.column,
      value: text,
    });
  }

  const value = sum();
  if (peek().kind !== "end") fail(peek(), `unexpected "${peek().text}"`);
  return value;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const end = text.trimEnd().length;
  while (position < end) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (!match) {
      const column = position + 1 + (text.slice(position).length - text.slice(position).trimStart().length);
      throw new FormatError(`unexpected "${text[column - 1]}" (column ${column} of "${shorten(text)}")`, {
        column,
        value: text,
      });
    }
    const found = match[1] ?? match[2] ?? match[3];
    position = TOKEN.lastIndex;
    const kind = match[1] !== undefined ? "number" : match[2] !== undefined ? "name" : "sign";
    tokens.push({ kind, text: found, column: position - found.length + 1 });
  }
  tokens.push({ kind: "end", text: "", column: end + 1 });
  return tokens;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
