import { ByteBatch } from '../../engine/db/byte-batch.ts'
import type { FieldKind } from '../../engine/db/byte-batch.ts'

/** A column of texts, whose values are what they say. */
const TEXTS: FieldKind = { isText: true, decode: (all, from, to) => all.toString('utf8', from, to) }

/** Rows of fields as a database would send them; all columns are texts. */
export function byteBatch(rows: readonly (readonly (string | Uint8Array | null)[])[], width = rows[0]?.length ?? 0): ByteBatch {
  const parts: Uint8Array[] = []
  let end = 0
  const bounds = rows.flat().flatMap((field) => {
    const begin = end
    if (field !== null) parts.push(Buffer.from(field))
    end += field === null ? 0 : Buffer.byteLength(field)
    return [field === null ? -1 : begin, end]
  })
  return new ByteBatch(rows.length, Buffer.concat(parts), Int32Array.from(bounds), Array.from({ length: width }, () => TEXTS))
}
