// Bodies of columns as gui/packed_columns.py lays them out: typed arrays on the body itself, nothing is copied.

const ARRAYS = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array };

/** @param {ArrayBuffer} body @returns {{head: any, columns: Record<string, any>}} */
export function readColumns(body) {
  const length = new DataView(body).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length)));
  const columns = {};
  let at = 4 + length;
  for (const { name, type, length: count } of head.columns) {
    columns[name] = new ARRAYS[type](body, at, count);
    at += Math.ceil(columns[name].byteLength / 8) * 8;
  }
  return { head, columns };
}
