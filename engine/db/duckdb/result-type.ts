import { DuckDBTypeId } from '@duckdb/node-api'
import type { DuckDBType } from '@duckdb/node-api'
import type { ValueType } from '../value-type.ts'

/** An integer type of so many bits. */
export function integerOf(bits: number, signed: boolean): ValueType {
  const size = 1n << BigInt(signed ? bits - 1 : bits)
  return { kind: 'integer', min: signed ? -size : 0n, max: size - 1n }
}

const PLAIN: ReadonlyMap<DuckDBTypeId, ValueType> = new Map<DuckDBTypeId, ValueType>([
  [DuckDBTypeId.BOOLEAN, { kind: 'boolean' }],
  [DuckDBTypeId.TINYINT, integerOf(8, true)],
  [DuckDBTypeId.SMALLINT, integerOf(16, true)],
  [DuckDBTypeId.INTEGER, integerOf(32, true)],
  [DuckDBTypeId.BIGINT, integerOf(64, true)],
  [DuckDBTypeId.HUGEINT, integerOf(128, true)],
  [DuckDBTypeId.UTINYINT, integerOf(8, false)],
  [DuckDBTypeId.USMALLINT, integerOf(16, false)],
  [DuckDBTypeId.UINTEGER, integerOf(32, false)],
  [DuckDBTypeId.UBIGINT, integerOf(64, false)],
  [DuckDBTypeId.UHUGEINT, integerOf(128, false)],
  [DuckDBTypeId.FLOAT, { kind: 'float', bits: 32 }],
  [DuckDBTypeId.DOUBLE, { kind: 'float', bits: 64 }],
  [DuckDBTypeId.BLOB, { kind: 'binary' }],
  [DuckDBTypeId.DATE, { kind: 'date' }],
  [DuckDBTypeId.TIMESTAMP_S, { kind: 'timestamp', precision: 0 }],
  [DuckDBTypeId.TIMESTAMP_MS, { kind: 'timestamp', precision: 3 }],
  [DuckDBTypeId.TIMESTAMP, { kind: 'timestamp', precision: 6 }],
  [DuckDBTypeId.TIMESTAMP_TZ, { kind: 'timestamp', precision: 6 }],
  [DuckDBTypeId.TIME, { kind: 'time', precision: 6 }],
  [DuckDBTypeId.UUID, { kind: 'uuid' }],
  [DuckDBTypeId.SQLNULL, { kind: 'null' }],
])

/** What a column of a result can hold. Nanoseconds, lists, intervals and the like are `other`: no path carries them exactly. */
export function valueTypeOf(type: DuckDBType): ValueType {
  if (type.typeId === DuckDBTypeId.VARCHAR) return type.alias === 'JSON' ? { kind: 'json' } : { kind: 'text' }
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    return { kind: 'decimal', precision: type.width, scale: type.scale }
  }
  if (type.typeId === DuckDBTypeId.ENUM) return { kind: 'enum', values: type.values }
  return PLAIN.get(type.typeId) ?? { kind: 'other', name: type.toString() }
}
