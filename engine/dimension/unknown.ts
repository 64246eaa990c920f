import { BadValue, checker } from '../db/check.ts'
import type { Connection } from '../db/connection.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import { ConfigurationError, DatabaseError, DataError, messageOf } from '../errors.ts'
import type { TargetColumn } from '../etl/etl.ts'
import { valueWords } from '../etl/load.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import type { Scene, Step } from './scene.ts'
import { insertable, quoteIn } from './scene.ts'

/** The statement that makes the unknown member; `own` are the values of the columns that the engine fills. */
export function insertUnknown(scene: Scene, declared: Readonly<Record<string, Value | undefined>> = {}, own: Readonly<Record<string, Value>> = {}): Step {
  const { stage, key } = scene
  const quote = quoteIn(stage)
  const columns = insertable(stage)
  const values = columns.map((column) => {
    if (column.name === key) return UNKNOWN_KEY
    if (Object.hasOwn(own, column.name)) return own[column.name]!
    const given = declared[column.name]
    return given === undefined ? unknownValue(column) : declaredValue(column, given, scene)
  })
  return {
    title: `make the unknown member: ${columns.map(({ name }, i) => `${name} ${valueWords(values[i])}`).join(', ')}`,
    sql: `INSERT INTO ${quote(stage.staging)} (${columns.map(({ name }) => quote(name)).join(', ')})\nVALUES (${columns.map(() => '?').join(', ')})`,
    values,
  }
}

/** Makes the unknown member. @throws {ConfigurationError} where a constraint refuses it, which asks for `unknown` */
export async function makeUnknown(scene: Scene, connection: Connection, step: Step): Promise<void> {
  try {
    await connection.execute(step)
  } catch (error) {
    if (!(error instanceof DatabaseError || error instanceof DataError) || error.transient) throw error
    throw new ConfigurationError(`the unknown member (${scene.key} ${UNKNOWN_KEY}) can't be made`, {
      where: `${scene.stage.etl}, table ${scene.stage.definition.table}`, why: messageOf(error), cause: error,
      wayOut: 'declare its values in the dimension: unknown: { <column>: <value> }',
    })
  }
}

/**
 * What stands in a column of the unknown member: NULL where that is allowed, else `Unknown` where it fits, else the
 * nearest to nothing that the type has.
 *
 * @example
 * unknownValue({ name: 'state', type: { kind: 'text', length: 20 }, nullable: false })   // 'Unknown'
 */
export function unknownValue(column: TargetColumn): Value {
  return column.nullable ? null : nothingOf(column.type)
}

function nothingOf(type: ValueType): Value {
  switch (type.kind) {
    case 'text': return Math.min(type.length ?? 7, type.bytes ?? 7) >= 7 ? 'Unknown' : ''
    case 'enum': return type.values[0] ?? ''
    case 'integer': return type.min > 0n ? type.min : 0
    case 'decimal': return '0'
    case 'float': return 0
    case 'boolean': return false
    case 'date': return '1900-01-01'
    case 'timestamp': return type.min !== undefined && type.min > '1900-01-01' ? type.min.slice(0, 19) : '1900-01-01 00:00:00'
    case 'time': return '00:00:00'
    case 'json': return '{}'
    case 'uuid': return '00000000-0000-0000-0000-000000000000'
    case 'binary': return new Uint8Array(type.fills ? type.length ?? 0 : 0)
    default: return null
  }
}

function declaredValue(column: TargetColumn, value: Value, { stage }: Scene): Value {
  try {
    return checker(column.type, { nullable: column.nullable })(value)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new ConfigurationError('unknown gives a value that the column can\'t hold', {
      where: `${stage.etl}, table ${stage.definition.table}, column ${column.name}`, why: error.reason, cause: error,
      wayOut: 'give another value in unknown, or the column another type in the create',
    })
  }
}
