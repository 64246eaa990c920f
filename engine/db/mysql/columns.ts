import type { FieldPacket } from 'mysql2'
import type { FieldKind } from '../byte-batch.ts'
import { INTEGER_FIELD, integerOf, TEXT_FIELD } from '../field-kinds.ts'
import type { Value, ValueType } from '../value-type.ts'
import { textAt } from './halves.ts'
import { bitsType, integerType, TEXT_BYTES, YEAR } from './types.ts'
import type { IntegerName } from './types.ts'

/** Type numbers of the protocol. */
export const WIRE_TYPES = {
  decimal: 0, tiny: 1, short: 2, long: 3, float: 4, double: 5, null: 6, timestamp: 7, longlong: 8, int24: 9, date: 10, time: 11, datetime: 12,
  year: 13, newdate: 14, varchar: 15, bit: 16, vector: 242, json: 245, newdecimal: 246, enum: 247, set: 248, tinyBlob: 249, mediumBlob: 250,
  longBlob: 251, blob: 252, varString: 253, string: 254, geometry: 255,
} as const
const UNSIGNED = 32
const IS_ENUM = 256
const IS_SET = 2048
/** The character set of bytes that are no text. */
const BINARY = 63
/** A number of decimals that says: not stated. */
const UNSTATED = 31
const BYTES_A_CHARACTER = 4

/** What a result's column says of itself. */
export interface Meta {
  readonly type: number
  readonly unsigned: boolean
  readonly binary: boolean
  /** In bytes, of the character set in which it is sent. */
  readonly length: number
  readonly decimals: number
  /** ENUM and SET are sent as texts. */
  readonly listed: boolean
  /** MariaDB's own types: `json`, `uuid`, `inet6`, `point`, … */
  readonly extended: string | undefined
}

/** What was said of a field before `readAsText` changed it. */
const known = new WeakMap<FieldPacket, Meta>()

export function metaOf(field: FieldPacket): Meta {
  return known.get(field) ?? readMeta(field)
}

/**
 * Makes mysql2 hand out some types as they come instead of casting them: its floats can be off by the last digit, and its
 * geometries are objects. It must be called when the fields are known and the rows not yet begun, which is when mysql2
 * emits `fields`; whether that worked is asked of every new session.
 */
export function readAsText(fields: unknown): void {
  if (!isFields(fields)) return
  for (const field of fields) {
    const meta = readMeta(field)
    known.set(field, meta)
    const form = AS_TEXT[meta.type]
    if (form === undefined) continue
    field.columnType = WIRE_TYPES.varString
    field.characterSet = form.characterSet
    field.encoding = form.encoding
  }
}

/** The columns of a result, and not what stands in their place for a statement without one. */
export function isFields(fields: unknown): fields is readonly [FieldPacket, ...FieldPacket[]] {
  return Array.isArray(fields) && typeof fields[0] === 'object' && fields[0] !== null && 'columnType' in fields[0]
}

const ASCII = { characterSet: 11, encoding: 'latin1' }
const BYTES = { characterSet: BINARY, encoding: 'binary' }
const AS_TEXT: Readonly<Record<number, typeof ASCII>> = {
  [WIRE_TYPES.float]: ASCII, [WIRE_TYPES.double]: ASCII, [WIRE_TYPES.geometry]: BYTES, [WIRE_TYPES.vector]: BYTES,
}

function readMeta(field: FieldPacket): Meta {
  const flags = typeof field.flags === 'number' ? field.flags : 0
  return {
    type: field.columnType ?? WIRE_TYPES.string,
    unsigned: (flags & UNSIGNED) !== 0,
    binary: field.characterSet === BINARY,
    length: field.columnLength ?? 0,
    decimals: field.decimals,
    listed: (flags & (IS_ENUM | IS_SET)) !== 0,
    extended: field.extendedFormat ?? field.extendedTypeName,
  }
}

const INTEGER_NAMES: Readonly<Record<number, IntegerName>> = {
  [WIRE_TYPES.tiny]: 'TINYINT', [WIRE_TYPES.short]: 'SMALLINT', [WIRE_TYPES.int24]: 'MEDIUMINT', [WIRE_TYPES.long]: 'INT', [WIRE_TYPES.longlong]: 'BIGINT',
}

/** A DOUBLE(10,2) may hold -0.010000000000000009, and is sent as -0.01. */
export const isSentRounded = ({ type, decimals }: Meta): boolean => type === WIRE_TYPES.double && decimals < UNSTATED

/** What the values of a result's column can be. */
export function typeOf(meta: Meta): ValueType {
  const { type, unsigned, decimals, length } = meta
  const name = INTEGER_NAMES[type]
  if (name !== undefined) return integerType(name, unsigned)
  const precision = decimals >= UNSTATED ? 6 : decimals
  switch (type) {
    case WIRE_TYPES.decimal:
    case WIRE_TYPES.newdecimal:
      return { kind: 'decimal', precision: length - (unsigned ? 0 : 1) - (decimals > 0 ? 1 : 0), scale: decimals }
    // The server writes six digits of a FLOAT, and no more: what is read is not what is stored.
    case WIRE_TYPES.float: return { kind: 'other', name: 'FLOAT, of which MySQL sends six digits only: CAST(… AS DOUBLE) sends them all' }
    case WIRE_TYPES.double: return { kind: 'float', bits: 64 }
    case WIRE_TYPES.null: return { kind: 'null' }
    case WIRE_TYPES.timestamp:
    case WIRE_TYPES.datetime: return { kind: 'timestamp', precision }
    case WIRE_TYPES.date:
    case WIRE_TYPES.newdate: return { kind: 'date' }
    case WIRE_TYPES.time: return { kind: 'time', precision }
    case WIRE_TYPES.year: return YEAR
    case WIRE_TYPES.bit: return bitsType(length)
    case WIRE_TYPES.json: return { kind: 'json' }
    case WIRE_TYPES.geometry: return { kind: 'other', name: 'GEOMETRY' }
    case WIRE_TYPES.vector: return { kind: 'other', name: 'VECTOR' }
    default: return textOrBytes(meta)
  }
}

function textOrBytes({ binary, length, extended, type }: Meta): ValueType {
  if (extended === 'json') return { kind: 'json' }
  if (extended === 'uuid') return { kind: 'uuid' }
  if (extended === 'inet4' || extended === 'inet6') return { kind: 'text', length: extended === 'inet4' ? 15 : 39 }
  if (extended !== undefined) return { kind: 'other', name: extended.toUpperCase() }
  if (binary) return { kind: 'binary', length }
  // A TEXT states its bytes times four, whatever is in it.
  const bytes = Math.floor(length / BYTES_A_CHARACTER)
  if (type === WIRE_TYPES.longBlob || length >= TEXT_BYTES.LONGTEXT) return { kind: 'text' }
  if (Object.values<number>(TEXT_BYTES).includes(bytes)) return { kind: 'text', bytes }
  return { kind: 'text', length: bytes }
}

/** A value as the driver gives it: cast by it where that loses nothing, else its text or its bytes. */
export type Raw = string | number | Buffer | null
type Decode = (raw: Raw) => Value

/** How what the driver gives of a result's column becomes a value. */
function decoderOf({ type, binary, extended }: Meta): Decode {
  if (INTEGER_NAMES[type] !== undefined || type === WIRE_TYPES.year) return integer
  switch (type) {
    case WIRE_TYPES.float: case WIRE_TYPES.double: return (raw) => raw === null ? null : Number(textOf(raw))
    case WIRE_TYPES.bit: return bits
    case WIRE_TYPES.geometry: case WIRE_TYPES.vector: return asIs
    case WIRE_TYPES.json: case WIRE_TYPES.decimal: case WIRE_TYPES.newdecimal: case WIRE_TYPES.date: case WIRE_TYPES.newdate:
    case WIRE_TYPES.time: case WIRE_TYPES.datetime: case WIRE_TYPES.timestamp: case WIRE_TYPES.null: return text
    default: return binary && extended === undefined ? asIs : text
  }
}

/** Types whose texts are digits and signs. */
const PLAIN: ReadonlySet<number> = new Set([
  WIRE_TYPES.decimal, WIRE_TYPES.newdecimal, WIRE_TYPES.date, WIRE_TYPES.newdate, WIRE_TYPES.time, WIRE_TYPES.datetime, WIRE_TYPES.timestamp,
])
const plain: FieldKind = { isText: true, decode: (bytes, begin, end) => bytes.toString('latin1', begin, end) }

/** The same for a field whose bytes nobody has looked at. */
export function fieldKindOf(meta: Meta): FieldKind {
  const decode = decoderOf(meta)
  if (decode === text) return PLAIN.has(meta.type) ? plain : TEXT_FIELD
  if (decode === integer) return INTEGER_FIELD
  return { isText: false, decode: (bytes, begin, end) => decode(bytes.subarray(begin, end)) }
}

/** The same in a batch that may hold halves of pairs: nobody passes a field of it on as it came. */
export const fieldKindWithHalves = (kind: FieldKind): FieldKind => ({ isText: false, decode: kind === TEXT_FIELD ? textAt : kind.decode })

function asIs(raw: Raw): Value {
  return raw
}

function text(raw: Raw): Value {
  return raw === null || typeof raw === 'string' ? raw : textOf(raw)
}

function textOf(raw: Exclude<Raw, null>): string {
  return typeof raw === 'string' ? raw : raw.toString()
}

/** A number where it is a safe one, else a bigint. */
function integer(raw: Raw): Value {
  return raw === null || typeof raw === 'number' ? raw : integerOf(textOf(raw))
}

function bits(raw: Raw): Value {
  if (!Buffer.isBuffer(raw)) return raw
  const number = raw.length === 0 ? 0n : BigInt(`0x${raw.toString('hex')}`)
  return number <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(number) : number
}

/** Rows of a small result as objects, by their columns' names. */
export function asObjects(fields: readonly FieldPacket[], rows: readonly (readonly Raw[])[]): Record<string, Value>[] {
  const decoders = fields.map((field) => decoderOf(metaOf(field)))
  return rows.map((row) => Object.fromEntries(fields.map((field, i) => [field.name, decoders[i]?.(row[i] ?? null) ?? null])))
}
