import { FormatError } from "../errors.ts";

/**
 * Where a reader takes its bytes from: a stream, chunks, everything at once, or text. Gzip is recognised by
 * content.
 */
export type ByteSource =
  AsyncIterable<Uint8Array> | Iterable<Uint8Array> | ReadableStream<Uint8Array> | Uint8Array | string;

const CHUNK_BYTES = 1 << 18;

/**
 * The bytes of a source in pieces of bounded size, gunzipped when they begin with the gzip magic number 1f
 * 8b. Nothing is held beyond the piece at hand. Throws {@link FormatError} on a damaged or truncated gzip
 * stream.
 */
export async function* byteChunks(source: ByteSource, file: string): AsyncGenerator<Uint8Array, void, void> {
  const plain = plainChunks(source);
  try {
    // The magic number may be split over chunks: hold back until two bytes are there.
    let head = new Uint8Array(0);
    while (head.length < 2) {
      const next = await plain.next();
      if (next.done === true) break;
      head = head.length === 0 ? new Uint8Array(next.value) : concatenate(head, next.value);
    }
    if (head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b) yield* gunzip(head, plain, file);
    else {
      if (head.length > 0) yield head;
      yield* plain;
    }
  } finally {
    await plain.return();
  }
}

async function* plainChunks(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  if (typeof source === "string") {
    const encoder = new TextEncoder();
    let start = 0;
    while (start < source.length) {
      let end = Math.min(source.length, start + CHUNK_BYTES);
      const last = source.charCodeAt(end - 1);
      if (end < source.length && last >= 0xd800 && last < 0xdc00) end--;
      yield encoder.encode(source.slice(start, end));
      start = end;
    }
  } else if (source instanceof Uint8Array) {
    for (let start = 0; start < source.length; start += CHUNK_BYTES) {
      yield source.subarray(start, start + CHUNK_BYTES);
    }
  } else if (source instanceof ReadableStream) {
    // Not every browser can iterate a ReadableStream.
    const reader = source.getReader();
    let ended = false;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        ended = done;
        if (done) return;
        yield value;
      }
    } finally {
      if (!ended) await reader.cancel().catch(() => undefined);
      reader.releaseLock();
    }
  } else {
    for await (const chunk of source) yield chunk;
  }
}

async function* gunzip(
  head: Uint8Array<ArrayBuffer>,
  rest: AsyncGenerator<Uint8Array, void, void>,
  file: string,
): AsyncGenerator<Uint8Array, void, void> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  let sourceFault: { cause: unknown } | undefined;
  const feeding = (async () => {
    try {
      await writer.write(head);
      for (;;) {
        let next: IteratorResult<Uint8Array, void>;
        try {
          next = await rest.next();
        } catch (cause) {
          sourceFault = { cause };
          throw cause;
        }
        if (next.done === true) break;
        await writer.write(new Uint8Array(next.value));
      }
      await writer.close();
    } catch (cause) {
      await writer.abort(cause).catch(() => undefined);
    }
  })();
  let ended = false;
  try {
    for (;;) {
      let part: ReadableStreamReadResult<Uint8Array>;
      try {
        part = await reader.read();
      } catch (cause) {
        if (sourceFault !== undefined) throw sourceFault.cause;
        throw new FormatError(
          "the gzip data are damaged or end too early; fetch or compress the file again",
          { file },
          { cause },
        );
      }
      if (part.done) break;
      yield part.value;
    }
    ended = true;
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    await feeding;
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
