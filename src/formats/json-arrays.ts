const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
/** A multiple of 3, so that the pieces of base64 join without padding. */
const PIECE_BYTES = 3 * 8192;
const SHORT = 24;

/**
 * How arrays are written: "numbers" as JSON numbers, "base64" as bytes (little endian), "auto" numbers up to
 * 24 entries and base64 beyond. All are exact.
 */
export type ArrayStyle = "auto" | "numbers" | "base64";

/** One typed array of the JSON form, in pieces. */
export function* jsonArray(
  array: Float64Array | Int32Array,
  style: ArrayStyle,
): Generator<string, void, void> {
  if (style === "base64" || (style === "auto" && array.length > SHORT)) yield* base64Array(array);
  else {
    yield "[";
    for (let start = 0; start < array.length; start += 1024) {
      const piece = Array.from(array.subarray(start, start + 1024), jsonNumber);
      yield (start > 0 ? "," : "") + piece.join(",");
    }
    yield "]";
  }
}

/** A double so that it is read back the same: −0 keeps its sign, infinities are strings. */
export function jsonNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

function* base64Array(array: Float64Array | Int32Array): Generator<string, void, void> {
  const size = array.BYTES_PER_ELEMENT;
  let bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (!LITTLE_ENDIAN) {
    bytes = bytes.slice();
    for (let k = 0; k < bytes.length; k += size) bytes.subarray(k, k + size).reverse();
  }
  yield `{"type":"${array instanceof Int32Array ? "int32" : "float64"}","base64":"`;
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    let text = "";
    for (const byte of bytes.subarray(start, start + PIECE_BYTES)) text += String.fromCharCode(byte);
    yield btoa(text);
  }
  yield '"}';
}
