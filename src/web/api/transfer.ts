/** A value ready for postMessage, with the buffers that move. */
export interface Parcel<T> {
  readonly value: T;
  readonly transfer: Transferable[];
}

/**
 * A copy of plain data in which every typed array fills a buffer of its own: views of part of a buffer would carry all of
 * it along, and shared memory would stay shared. With `move`, buffers that fit already are moved rather than copied.
 * Arrays that appear more than once stay one.
 */
export function pack<T>(value: T, move: boolean): Parcel<T> {
  const transfer = new Set<ArrayBuffer>();
  const seen = new Map<object, unknown>();
  const visit = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    const known = seen.get(part);
    if (known !== undefined) return known;
    if (ArrayBuffer.isView(part)) {
      const whole = part.buffer instanceof ArrayBuffer && part.byteLength === part.buffer.byteLength;
      const array = move && whole ? part : copyOf(part);
      // A copy made here is nobody else's.
      transfer.add(array.buffer as ArrayBuffer);
      seen.set(part, array);
      return array;
    }
    if (Array.isArray(part)) {
      const list: unknown[] = [];
      seen.set(part, list);
      for (const item of part as readonly unknown[]) list.push(visit(item));
      return list;
    }
    const prototype: unknown = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) return part;
    const record: Record<string, unknown> = {};
    seen.set(part, record);
    for (const [key, item] of Object.entries(part)) record[key] = visit(item);
    return record;
  };
  return { value: visit(value) as T, transfer: [...transfer] };
}

function copyOf(view: ArrayBufferView): ArrayBufferView {
  const bytes = new Uint8Array(view.byteLength);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (view instanceof DataView) return new DataView(bytes.buffer);
  const Kind = view.constructor as new (buffer: ArrayBuffer) => ArrayBufferView;
  return new Kind(bytes.buffer);
}
