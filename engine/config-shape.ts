import { createRequire } from 'node:module'
import type * as Zod from 'zod'
import { schemeOf, sourceSchemes, warehouseSchemes } from './db/open.ts'
import type { Etl } from './etl/etl.ts'
import type { Deadlines, PublishMode } from './etl/registry.ts'
import { unknownKey } from './sql/spelling.ts'

export const THE_VARIABLE = 'the variable that env() asks for'

const publishModes = ['together', 'all-or-nothing', 'each'] as const satisfies readonly PublishMode[]
const usual = { connectSeconds: 10, idleSeconds: 300, etlSeconds: 43_200, refreshSeconds: 86_400 } as const satisfies Deadlines
/** Timers count no further than 24 days, and take more for nothing. */
const MOST_SECONDS = 1_000_000

/** Whether something is a dimension, or a fact. */
export const isEtl = (type: string, value: unknown): boolean => (value as Etl | undefined)?.type === type && typeof (value as Etl).load === 'function'

function shapeBy({ z }: typeof Zod) {
  /** A text that must be there: empty is what `env()` gives for a variable that isn't set. */
  const written = (what: string) => z.string({ error: ({ input }) => `is ${input === undefined ? 'missing' : 'no text'}; write ${what}` })
    .min(1, `is empty; write ${what}, or set ${THE_VARIABLE}`)
  const urlOf = (allowed: readonly string[]) => written(`a URL that begins with one of ${allowed.join(' ')}`).superRefine((value, context) => {
    const scheme = schemeOf(value)
    if (value === '' || allowed.includes(scheme) || allowed.includes(value)) return
    context.addIssue(`${scheme === '' ? 'has no scheme' : `nothing is known behind ${scheme}`}; use one of ${allowed.join(' ')}`)
  })
  const seconds = z.number({ error: 'is no number; write seconds, such as 300' }).positive('must be above 0; write seconds, such as 300')
    .max(MOST_SECONDS, `can be ${MOST_SECONDS} at most; write seconds, such as 300`)
  const etl = (type: string) => z.custom<Etl>((value) => isEtl(type, value), {
    error: `is no ${type}: make it with ${type === 'fact' ? 'transaction(…)' : 'scd1(…), scd2(…) or date(…)'}`,
  })
  const list = (type: string) => z.record(z.string(), etl(type), { error: `is no list; write { } with the active ${type}s in it` })
  const deadlines = z.strictObject({
    connectSeconds: seconds.default(usual.connectSeconds), idleSeconds: seconds.default(usual.idleSeconds),
    etlSeconds: seconds.default(usual.etlSeconds), refreshSeconds: seconds.default(usual.refreshSeconds),
  }, { error: (issue): string => objectProblem(issue, Object.keys(deadlines.shape), '{ idleSeconds: 300 }') })
  const most = 'is no number of extracts; write a whole number from 1 to 1000'
  const limits = z.record(z.string(), z.number({ error: most }).int(most).min(1, most).max(1000, most), { error: "is no list; write { crm: 4 }" })
  const shape = z.strictObject({
    source: urlOf(sourceSchemes),
    sources: z.record(z.string(), urlOf(sourceSchemes), { error: "is no list; write { crm: 'mysql://…' }" }).default({}),
    warehouse: urlOf(warehouseSchemes),
    queue: urlOf(['embedded', 'redis:', 'rediss:', 'postgres:', 'postgresql:']).default('embedded'),
    logs: z.union([z.string().min(1), z.literal(false)], { error: 'is no folder; write its path, or false for no logs' }).default('etl-logs'),
    publish: z.enum(publishModes, { error: ({ input }) => `is ${typeof input === 'string' ? `'${input}'` : typeof input}, and can be ${publishModes.join(', ')}; leave it out for together` }).default('together'),
    limits: limits.default({}),
    deadlines: deadlines.default(usual),
    dimensions: list('dimension'),
    facts: list('fact'),
  }, { error: (issue): string => objectProblem(issue, Object.keys(shape.shape), 'defineConfig({ source, warehouse, dimensions, facts })') })
  return shape
}

/** A key that isn't known, with the nearest one; or no object at all, with what it looks like. */
function objectProblem(issue: { readonly code?: string; readonly keys?: readonly string[] }, known: readonly string[], example: string): string {
  if (issue.code !== 'unrecognized_keys') return `is no object; write ${example}`
  return (issue.keys ?? []).map((key) => unknownKey(key, known)).join('; ')
}

const require = createRequire(import.meta.url)
let made: ReturnType<typeof shapeBy> | undefined

/** What a configuration must look like. Its package is loaded with the first one: who asks for help reads none. */
export const configShape = (): ReturnType<typeof shapeBy> => made ??= shapeBy(require('zod') as typeof Zod)
