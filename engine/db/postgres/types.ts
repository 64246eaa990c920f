import type { FieldKind } from '../byte-batch.ts'
import { INTEGER_FIELD, integerOf, TEXT_FIELD } from '../field-kinds.ts'
import type { Value, ValueType } from '../value-type.ts'

/** Numbers of the built-in types; they are the same on every server. */
const OID = {
  bool: 16, bytea: 17, char: 18, name: 19, int8: 20, int2: 21, int4: 23, text: 25, oid: 26, json: 114, xml: 142, float4: 700, float8: 701, unknown: 705,
  cidr: 650, macaddr: 829, inet: 869, bpchar: 1042, varchar: 1043, date: 1082, time: 1083, timestamp: 1114, timestamptz: 1184, numeric: 1700, uuid: 2950, jsonb: 3802,
} as const

const NUMERIC_MOST = { precision: 147_455, scale: 16_383 }
/** A type modifier counts its own four bytes. */
const HEAD = 4
const UNSTATED = -1

export function integerType(bits: number): ValueType {
  const half = 2n ** BigInt(bits - 1)
  return { kind: 'integer', min: -half, max: half - 1n }
}

/** What a column of this type holds; undefined for a type that isn't built in, whose name must be asked for. */
export function builtInType(oid: number, modifier: number): ValueType | undefined {
  const stated = modifier === UNSTATED ? undefined : modifier
  const length = stated === undefined ? undefined : stated - HEAD
  switch (oid) {
    case OID.bool: return { kind: 'boolean' }
    case OID.int2: return integerType(16)
    case OID.int4: return integerType(32)
    case OID.int8: return integerType(64)
    case OID.oid: return { kind: 'integer', min: 0n, max: 2n ** 32n - 1n }
    case OID.float4: return { kind: 'float', bits: 32 }
    case OID.float8: return { kind: 'float', bits: 64 }
    case OID.numeric: return numericType(stated)
    case OID.varchar: return { kind: 'text', ...length !== undefined && { length } }
    case OID.bpchar: return { kind: 'text', ...length !== undefined && { length }, trims: true }
    case OID.text: case OID.name: case OID.char: case OID.xml: case OID.cidr: case OID.inet: case OID.macaddr: return { kind: 'text' }
    // A NULL or a text without a type of its own: SELECT NULL, SELECT 'x'.
    case OID.unknown: return { kind: 'text' }
    case OID.bytea: return { kind: 'binary' }
    case OID.date: return { kind: 'date' }
    case OID.timestamp: case OID.timestamptz: return { kind: 'timestamp', precision: stated ?? 6 }
    case OID.time: return { kind: 'time', precision: stated ?? 6 }
    case OID.json: case OID.jsonb: return { kind: 'json' }
    case OID.uuid: return { kind: 'uuid' }
    default: return undefined
  }
}

/** A cast writes it in another way than the server sends it: an inet with the length of its net, even where that is the address itself. */
export const isCastOtherwise = (oid: number): boolean => oid === OID.inet

/** NUMERIC without digits, as SUM gives it, holds any. */
function numericType(modifier: number | undefined): ValueType {
  if (modifier === undefined) return { kind: 'decimal', ...NUMERIC_MOST }
  const packed = modifier - HEAD
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400
  const precision = (packed >> 16) & 0xffff
  // A negative scale rounds before the point, and a scale beyond the precision holds fractions only.
  return scale < 0 ? { kind: 'decimal', precision: precision - scale, scale: 0 } : { kind: 'decimal', precision: Math.max(precision, scale), scale }
}

/** The SQL type that holds a value type exactly. */
export function writePostgresType(type: ValueType): string {
  switch (type.kind) {
    case 'integer': return writeInteger(type.min, type.max)
    case 'decimal': return type.precision > 1000 ? 'NUMERIC' : `NUMERIC(${Math.max(1, type.precision)},${type.scale})`
    case 'float': return type.bits === 32 ? 'REAL' : 'DOUBLE PRECISION'
    case 'boolean': return 'BOOLEAN'
    case 'text': return type.length === undefined || type.length > LONGEST_VARCHAR ? 'TEXT' : `VARCHAR(${Math.max(1, type.length)})`
    case 'binary': return 'BYTEA'
    case 'date': return 'DATE'
    case 'timestamp': return `TIMESTAMP(${Math.min(type.precision, 6)})`
    case 'time': return `TIME(${Math.min(type.precision, 6)})`
    case 'json': return 'JSON'
    case 'uuid': return 'UUID'
    default: return 'TEXT'
  }
}

/** The type that both sides of an exact comparison are brought to: without lengths, which would cut or round. */
export function comparedAs(type: ValueType): string {
  switch (type.kind) {
    case 'integer': return type.min >= -(2n ** 63n) && type.max < 2n ** 63n ? 'BIGINT' : 'NUMERIC'
    case 'decimal': return 'NUMERIC'
    case 'float': return 'DOUBLE PRECISION'
    case 'boolean': return 'BOOLEAN'
    case 'binary': return 'BYTEA'
    case 'date': return 'DATE'
    case 'timestamp': return 'TIMESTAMP'
    case 'time': return 'TIME'
    default: return 'TEXT'
  }
}

const LONGEST_VARCHAR = 10_485_760

function writeInteger(min: bigint, max: bigint): string {
  for (const [bits, name] of [[16, 'SMALLINT'], [32, 'INTEGER'], [64, 'BIGINT']] as const) {
    const half = 2n ** BigInt(bits - 1)
    if (min >= -half && max < half) return name
  }
  const digits = Math.max(String(max).replace('-', '').length, String(min).replace('-', '').length)
  return digits > 1000 ? 'NUMERIC' : `NUMERIC(${digits},0)`
}

/** How the server's text of a value becomes the value. */
export type Decode = (text: string) => Value

export function decoderOf(oid: number): Decode {
  switch (oid) {
    case OID.bool: return (text) => text === 't'
    case OID.int2: case OID.int4: case OID.oid: case OID.float4: case OID.float8: return Number
    case OID.int8: return integerOf
    case OID.bytea: return (text) => Buffer.from(text.slice(2), 'hex')
    // The session is in UTC: an instant's offset is always +00.
    case OID.timestamptz: return (text) => text.replace(/\+00(?= BC$|$)/, '')
    // The blanks that fill it up mean nothing.
    case OID.bpchar: return (text) => text.replace(/ +$/, '')
    default: return asIs
  }
}

const asIs: Decode = (text) => text

/** The same for a field whose bytes nobody has looked at. */
export function fieldKindOf(oid: number): FieldKind {
  const decode = decoderOf(oid)
  const decodeBytes: FieldKind['decode'] = (bytes, begin, end) => decode(bytes.toString('utf8', begin, end))
  switch (oid) {
    case OID.int2: case OID.int4: case OID.oid: case OID.int8: return INTEGER_FIELD
    // A "char" may be a byte that is no character.
    case OID.bool: case OID.bytea: case OID.float4: case OID.float8: case OID.char: return { isText: false, decode: decodeBytes }
    default: return decode === asIs ? TEXT_FIELD : { isText: true, decode: decodeBytes }
  }
}

/** Where the value of a field ends, before its text does. */
export type EndOf = (bytes: Buffer, begin: number, end: number) => number

const BLANK = 32
const PLUS = 43
const ZERO = 48

/** How a column's fields end before their text does; undefined where they don't. See `decoderOf`. */
export function endOf(oid: number): EndOf | undefined {
  if (oid === OID.timestamptz) return (bytes, _, end) => bytes[end - 3] === PLUS && bytes[end - 2] === ZERO && bytes[end - 1] === ZERO ? end - 3 : end
  if (oid !== OID.bpchar) return undefined
  return (bytes, begin, end) => {
    let last = end
    while (last > begin && bytes[last - 1] === BLANK) last -= 1
    return last
  }
}
