/** Packs columns of ±1 (order entries each): bit 1 is +1, lowest bit first, every column padded to whole bytes. */
export function packSigns(signs: Int8Array, order: number, columns: readonly number[]): Uint8Array {
  const bytes = Math.ceil(order / 8);
  const packed = new Uint8Array(bytes * columns.length);
  columns.forEach((j, k) => {
    for (let i = 0; i < order; i++) {
      if (signs[j * order + i] > 0) packed[k * bytes + (i >> 3)] |= 1 << (i & 7);
    }
  });
  return packed;
}

/** The reverse: order×count entries ±1. */
export function unpackSigns(packed: Uint8Array, order: number, count: number): Int8Array {
  const bytes = Math.ceil(order / 8);
  const signs = new Int8Array(order * count);
  for (let j = 0; j < count; j++) {
    for (let i = 0; i < order; i++) {
      signs[j * order + i] = (packed[j * bytes + (i >> 3)] >> (i & 7)) & 1 ? 1 : -1;
    }
  }
  return signs;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 (RFC 4648) in browsers and Node alike. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let k = 0; k < bytes.length; k += 3) {
    const group = (bytes[k] << 16) | ((bytes[k + 1] ?? 0) << 8) | (bytes[k + 2] ?? 0);
    const left = bytes.length - k;
    parts.push(
      ALPHABET[group >> 18] +
        ALPHABET[(group >> 12) & 63] +
        (left > 1 ? ALPHABET[(group >> 6) & 63] : "=") +
        (left > 2 ? ALPHABET[group & 63] : "="),
    );
  }
  return parts.join("");
}

/** The bytes, or undefined where the text is no base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let k = 0, b = 0; k < text.length; k += 4) {
    let group = 0;
    for (let i = 0; i < 4; i++) group = (group << 6) | Math.max(0, ALPHABET.indexOf(text[k + i]));
    for (let i = 16; i >= 0 && b < bytes.length; i -= 8) bytes[b++] = (group >> i) & 255;
  }
  return bytes;
}
