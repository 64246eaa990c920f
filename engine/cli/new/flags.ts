import { ConfigurationError } from '../../errors.ts'
import type { EtlType } from '../../etl/etl.ts'
import { didYouMean } from '../../sql/did-you-mean.ts'
import { namesIn, textIn } from '../written.ts'
import type { Written } from '../written.ts'
import { snakeCase } from './names.ts'

/** What is to be declared, of which table. */
export interface NewFlags {
  readonly type: EtlType
  readonly table: string
  readonly name: string
  readonly source: string | undefined
  readonly kind: string
  readonly lookup: readonly string[]
  readonly json: boolean
}

const KINDS: Readonly<Record<EtlType, readonly string[]>> = { dimension: ['scd1', 'scd2'], fact: ['transaction'] }

/** What was written, as what is to be declared. @throws {ConfigurationError} where it makes no sense */
export function newFlagsOf({ _: [type, table, stray], source, kind, lookup, name, json }: Written): NewFlags {
  if (type !== 'dimension' && type !== 'fact') {
    throw new ConfigurationError(type === undefined ? 'new makes a dimension or a fact of a table' : `there is nothing called ${JSON.stringify(type)} to make`, {
      wayOut: 'write: npx starline new dimension <table>, or npx starline new fact <table>',
    })
  }
  if (table === undefined) throw new ConfigurationError('the table is missing', { wayOut: `write: npx starline new ${type} <table>` })
  if (stray !== undefined) throw new ConfigurationError('a table is one name', { wayOut: 'put a name with blanks into quotes' })
  if (type === 'fact' && namesIn(lookup).length > 0) throw new ConfigurationError('--lookup is a dimension\'s', { wayOut: 'leave it out: a fact is replaced as a whole' })
  return {
    type, table: String(table), source: textIn(source), lookup: namesIn(lookup), json: json === true,
    name: textIn(name) ?? snakeCase(String(table)), kind: kindOf(type, textIn(kind)),
  }
}

function kindOf(type: EtlType, asked: string | undefined): string {
  const [first = '', ...others] = KINDS[type]
  const kind = asked ?? first
  if ([first, ...others].includes(kind)) return kind
  const meant = didYouMean(kind, KINDS[type])
  throw new ConfigurationError(`new makes no ${type} of the kind ${JSON.stringify(kind)}`, { wayOut: `${meant === undefined ? '' : `did you mean ${meant}? `}there ${others.length === 0 ? 'is' : 'are'} ${KINDS[type].join(', ')}` })
}
