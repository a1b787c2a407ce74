import { FormatError } from "../errors.ts";

const NEWLINE = 10;
const MAX_LINE_BYTES = 1 << 28;

/** Byte classes: what may stand between two tokens. */
const SPACE = 1;
const PUNCTUATION = 2;

const CLASS = new Uint8Array(256);
for (const code of [9, 11, 12, 13, 32]) CLASS[code] = SPACE;
for (const character of "{}(),;") CLASS[character.charCodeAt(0)] = PUNCTUATION;

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`));

/**
 * Walks over a text line by line and token by token without making strings of them. Only the line at hand is
 * held, whatever the size of the file. Lines end in LF or CRLF; the last one needs no end. Numbers are read
 * from the bytes and are exactly rounded.
 */
export class LineScanner {
  /** One-based number of the line at hand, 0 before the first. */
  line = 0;
  /** Position in `bytes` of the next byte to read, and where the line begins and ends. */
  pos = 0;
  start = 0;
  end = 0;
  bytes = new Uint8Array(1 << 16);
  readonly file: string;
  private readonly chunks: AsyncIterator<Uint8Array, void, void>;
  /** The byte classes that separate tokens. */
  private readonly separators: number;
  private next = 0;
  private searched = 0;
  private filled = 0;
  private ended = false;

  constructor(
    chunks: AsyncIterator<Uint8Array, void, void>,
    file: string,
    separators: "space" | "punctuation",
  ) {
    this.chunks = chunks;
    this.file = file;
    this.separators = separators === "space" ? SPACE : SPACE | PUNCTUATION;
  }

  /** Moves on to the next line if it lies complete in the buffer. */
  nextLine(): boolean {
    const found = this.bytes.indexOf(NEWLINE, this.searched);
    if (found < 0 || found >= this.filled) {
      this.searched = this.filled;
      return false;
    }
    this.enter(found, found + 1);
    return true;
  }

  /** Loads what the next line needs and moves on to it; false at the end of the text. */
  async loadLine(): Promise<boolean> {
    while (!this.ended) {
      const chunk = await this.chunks.next();
      if (chunk.done === true) {
        this.ended = true;
        break;
      }
      this.append(chunk.value);
      if (this.nextLine()) return true;
    }
    if (this.next >= this.filled) return false;
    this.enter(this.filled, this.filled);
    return true;
  }

  /** Closes the source: to be called when reading stops, at the end or before it. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  /** Skips separators; true if nothing else is left on the line. */
  skip(): boolean {
    const { bytes, end, separators } = this;
    let p = this.pos;
    while (p < end && (CLASS[bytes[p]] & separators) !== 0) p++;
    this.pos = p;
    return p >= end;
  }

  /** The byte at hand, or -1 at the end of the line. */
  peek(): number {
    return this.pos < this.end ? this.bytes[this.pos] : -1;
  }

  /** One-based column of the byte at hand. */
  get column(): number {
    return this.pos - this.start + 1;
  }

  /**
   * The next number of the line. `what` names it for errors. A Fortran exponent (`1.5D+3`) and a leading `+`
   * are accepted; NaN, infinities and numbers beyond the doubles are not.
   */
  number(what: string): number {
    if (this.skip()) this.fail(`the line ends where ${what} was expected`);
    const { bytes, end } = this;
    const begin = this.pos;
    let p = begin;
    const negative = bytes[p] === 45;
    if (negative || bytes[p] === 43) p++;
    let mantissa = 0;
    let zeros = 0;
    let exponent = 0;
    let digits = 0;
    let point = false;
    for (; p < end; p++) {
      const digit = bytes[p] - 48;
      if (digit >= 0 && digit <= 9) {
        digits++;
        if (point) exponent--;
        // Zeros wait until a further digit needs them, so that 1.000…0 stays on the fast path.
        if (digit === 0) zeros++;
        else {
          for (; zeros > 0; zeros--) mantissa *= 10;
          mantissa = mantissa * 10 + digit;
        }
      } else if (digit === -2 && !point) point = true;
      else break;
    }
    exponent += zeros;
    if (digits === 0) this.failNumber(begin, what);
    let marker = -1;
    const letter = bytes[p] | 32;
    if (p < end && (letter === 101 || letter === 100)) {
      marker = p++;
      const down = bytes[p] === 45;
      if (p < end && (down || bytes[p] === 43)) p++;
      let e = 0;
      const first = p;
      for (; p < end && bytes[p] >= 48 && bytes[p] <= 57; p++) e = Math.min(1e6, e * 10 + bytes[p] - 48);
      if (p === first) this.failNumber(begin, what);
      exponent += down ? -e : e;
    }
    if (p < end && (CLASS[bytes[p]] & this.separators) === 0 && bytes[p] !== 61) this.failNumber(begin, what);
    this.pos = p;
    let value: number;
    if (mantissa === 0) value = 0;
    else if (mantissa < Number.MAX_SAFE_INTEGER && exponent >= -22 && exponent <= 22) {
      // Both factors are exact doubles: one rounding only (Clinger's fast path).
      value = exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent] : mantissa * POWERS_OF_TEN[exponent];
    } else {
      if (marker >= 0 && letter === 100) bytes[marker] = 101;
      value = Math.abs(Number(this.text(begin, p)));
      if (!Number.isFinite(value)) {
        this.fail(`${what} is ${quote(this.text(begin, p))}, beyond the range of a double`, begin);
      }
    }
    return negative ? -value : value;
  }

  /** The next integer of the line, within [low, high]. */
  integer(what: string, low: number, high: number): number {
    if (this.skip()) this.fail(`the line ends where ${what} was expected`);
    const { bytes, end } = this;
    const begin = this.pos;
    let p = begin;
    const negative = bytes[p] === 45;
    if (negative || bytes[p] === 43) p++;
    const first = p;
    let value = 0;
    for (; p < end && bytes[p] >= 48 && bytes[p] <= 57; p++) value = value * 10 + bytes[p] - 48;
    if (p === first || (p < end && (CLASS[bytes[p]] & this.separators) === 0 && bytes[p] !== 61)) {
      this.fail(`expected ${what}, an integer, found ${quote(this.word())}`, begin);
    }
    this.pos = p;
    if (negative) value = -value;
    if (value < low || value > high) {
      const range = high >= Number.MAX_SAFE_INTEGER ? `at least ${low}` : `between ${low} and ${high}`;
      this.fail(`${what} is ${this.text(begin, p)}; it must be ${range}`, begin);
    }
    return value === 0 ? 0 : value;
  }

  /** The next token as a string, "" at the end of the line. */
  word(): string {
    if (this.skip()) return "";
    const { bytes, end, separators } = this;
    const begin = this.pos;
    let p = begin;
    while (p < end && (CLASS[bytes[p]] & separators) === 0) p++;
    this.pos = p;
    return this.text(begin, p);
  }

  /** Bytes [from, to) of the buffer as a string. */
  text(from: number, to: number): string {
    const { bytes } = this;
    let plain = to - from <= 64;
    for (let p = from; plain && p < to; p++) plain = bytes[p] < 128;
    if (!plain) return new TextDecoder().decode(bytes.subarray(from, to));
    let text = "";
    for (let p = from; p < to; p++) text += String.fromCharCode(bytes[p]);
    return text;
  }

  /** Refuses anything but separators on the rest of the line. */
  expectLineEnd(after: string): void {
    if (!this.skip()) {
      const at = this.pos;
      this.fail(`expected the end of the line after ${after}, found ${quote(this.word())}`, at);
    }
  }

  /** Throws a {@link FormatError} at a byte of this line (the one at hand by default). */
  fail(message: string, at: number = this.pos): never {
    throw new FormatError(message, { file: this.file, line: this.line, column: at - this.start + 1 });
  }

  /** Throws a {@link FormatError} for a text that ends while `what` was being read. */
  failEnd(what: string): never {
    throw new FormatError(`the file ends while reading ${what}; it is truncated or its counts are wrong`, {
      file: this.file,
      line: Math.max(1, this.line),
      column: this.end - this.start + 1,
    });
  }

  private failNumber(begin: number, what: string): never {
    this.pos = begin;
    const found = this.word();
    const reason = /^[+-]?(nan|inf|infinity)$/i.test(found) ? "only finite numbers are allowed" : "a number";
    this.fail(
      reason === "a number"
        ? `expected ${what}, a number, found ${quote(found)}`
        : `${what} is ${quote(found)}; ${reason}`,
      begin,
    );
  }

  private enter(end: number, next: number): void {
    this.line++;
    this.start = this.next;
    this.end = end;
    this.next = next;
    this.searched = next;
    this.pos = this.start;
    const { bytes, start } = this;
    if (
      this.line === 1 &&
      end - start >= 3 &&
      bytes[start] === 0xef &&
      bytes[start + 1] === 0xbb &&
      bytes[start + 2] === 0xbf
    ) {
      this.start = this.pos = start + 3; // byte order mark
    }
  }

  private append(chunk: Uint8Array): void {
    const rest = this.filled - this.next;
    if (rest > MAX_LINE_BYTES) {
      throw new FormatError(`a line is longer than ${MAX_LINE_BYTES} bytes`, {
        file: this.file,
        line: this.line + 1,
      });
    }
    if (this.next > 0) {
      this.bytes.copyWithin(0, this.next, this.filled);
      this.searched -= this.next;
      this.next = 0;
      this.filled = rest;
    }
    if (rest + chunk.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, rest + chunk.length));
      larger.set(this.bytes.subarray(0, rest));
      this.bytes = larger;
    }
    this.bytes.set(chunk, rest);
    this.filled = rest + chunk.length;
    // The line left behind is gone from the buffer.
    this.start = this.end = this.pos = 0;
  }
}

/** A piece of a file for an error message: quoted, control characters escaped, at most 40 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text);
}
