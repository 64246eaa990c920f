import { ConfigurationError } from '../../errors.ts'
import { entriesOf, labelOf } from '../../etl/registry.ts'
import { clean } from '../document.ts'
import type { Door } from '../door.ts'
import { loadConfig } from '../../load-config.ts'
import { codeOf } from '../outcome.ts'
import { metTexts } from '../met.ts'
import { errorDocument } from '../../error-document.ts'
import { untilStopped } from '../stop.ts'
import { paint } from '../terminal.ts'
import type { Io } from '../terminal.ts'
import { counted } from '../words.ts'
import type { Written } from '../written.ts'
import { findingsOf } from './findings.ts'
import type { Finding } from './findings.ts'

/** `starline validate`: everything that a load would refuse before its first row, all of it at once. The exit code. */
export async function validate({ _: [stray], json }: Written, { config: source, io }: Door): Promise<number> {
  if (stray !== undefined) throw new ConfigurationError(`nothing can be done with ${JSON.stringify(stray)}`, { wayOut: 'validate looks at everything; --help says more' })
  const config = await loadConfig(source)
  return untilStopped(async ({ signal }) => {
    const findings: Finding[] = []
    for await (const finding of findingsOf(config, signal)) {
      signal.throwIfAborted()
      findings.push(finding)
      if (json !== true) io.out.write(lineOf(finding, io))
    }
    io.out.write(json === true ? documentOf(findings) : endOf(findings, entriesOf(config).map(labelOf), io))
    return codeOf(findings.flatMap(({ errors }) => errors))
  })
}

function lineOf({ what, errors }: Finding, { out }: Io): string {
  return `${errors.length === 0 ? paint(out, 'green', 'ok    ') : paint(out, 'red', 'failed')}  ${what}\n`
}

/** What several ETLs have met is told once. */
function endOf(findings: readonly Finding[], etls: readonly string[], io: Io): string {
  const texts = metTexts(findings.flatMap(({ what, errors }) => errors.map((error) => ({ error, ...etls.includes(what) && { label: what } }))), io)
  if (texts.length === 0) return `\nAll well: a load would begin.\n\nNext: npx starline run --run_dimensions --run_facts\n`
  return `\n${texts.join('\n')}\n${counted(texts.length, 'problem')}. Nothing was loaded or changed.\n`
}

function documentOf(findings: readonly Finding[]): string {
  const all = findings.map(({ what, errors }) => ({ what, ok: errors.length === 0, errors: errors.map(errorDocument) }))
  return `${JSON.stringify(clean({ ok: all.every(({ ok }) => ok), findings: all }), undefined, 2)}\n`
}
