import { ConfigurationError, messageOf } from '../../errors.ts'
import { manifest } from '../../version.ts'

/** A package.json, as far as it is looked at here. */
type Package = Record<string, unknown>

const SCRIPTS = {
  start: 'node --import tsx run.ts --run_dimensions --run_facts --concurrency 2',
  test: 'mocha --import=tsx --timeout 60000 "test/**/*.test.ts"',
  check: 'tsc -p .',
  worker: 'node --import tsx tasks/worker.ts',
}

/** Where it isn't known what this package was installed from. */
const INSTALL_OWN = "npm install <path to Starline's .tgz>, which package.json lacks"

/** npm's own word for a test that nobody has written. */
const NO_TEST = /no test specified/

/** What a package.json is to become, and what that adds to the one that was there. */
export interface Completed {
  readonly text: string
  readonly added: readonly string[]
  /** What must be changed by hand, for it says something else. */
  readonly byHand: readonly string[]
  /** It names this package, so that npm install brings it. */
  readonly hasOwn: boolean
}

/**
 * The text of a package.json with what a star needs: scripts, packages, `"type": "module"`. What it says already stays.
 * `own` is how it names this package, where that is known.
 *
 * @throws {ConfigurationError} where the one that is there can't be read
 */
export function completed(text: string | undefined, name: string, own: string | undefined): Completed {
  const before = text === undefined ? { name, version: '0.1.0', private: true } : parsed(text)
  const added: string[] = []
  const after: Package = { ...before }
  if (before['type'] === undefined) {
    after['type'] = 'module'
    added.push('type')
  }
  for (const [section, wanted] of Object.entries(wantedSections(own))) {
    const present = (before[section] ?? {}) as Record<string, string>
    const lacking = Object.entries(wanted).filter(([key]) => lacks(before, section, key))
    if (lacking.length === 0) continue
    after[section] = { ...present, ...Object.fromEntries(lacking) }
    added.push(...lacking.map(([key]) => `${section}.${key}`))
  }
  const byHand = before['type'] === undefined || before['type'] === 'module' ? [] : [`package.json says "type": ${JSON.stringify(before['type'])}: write "module" there`]
  const scripts = (before['scripts'] ?? {}) as Record<string, string>
  for (const [script, line] of Object.entries(SCRIPTS)) {
    if (!lacks(before, 'scripts', script) && scripts[script] !== line) byHand.push(`the script ${script} of package.json stays; what belongs to the star is: ${line}`)
  }
  if (own === undefined && lacks(before, 'dependencies', 'starline')) byHand.push(INSTALL_OWN)
  return { text: added.length === 0 && text !== undefined ? text : `${JSON.stringify(after, undefined, 2)}\n`, added, byHand, hasOwn: own !== undefined || !lacks(before, 'dependencies', 'starline') }
}

function parsed(text: string): Package {
  try {
    const read: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    if (read !== null && typeof read === 'object' && !Array.isArray(read)) return read as Package
    throw new SyntaxError('it holds no object')
  } catch (error) {
    throw new ConfigurationError('the package.json that is there can\'t be read', { why: messageOf(error), wayOut: 'correct it, or move it away', cause: error })
  }
}

function wantedSections(own: string | undefined): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const { dependencies, devDependencies } = manifest()
  return {
    scripts: SCRIPTS,
    dependencies: { ...own !== undefined && { starline: own }, ...ranges(dependencies, ['tsx']) },
    devDependencies: ranges(devDependencies, ['@types/mocha', '@types/node', 'mocha', 'typescript']),
  }
}

const ranges = (of: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, of[name] ?? '*']))

/** A package counts wherever it is named; a script that only says that there is none doesn't. */
function lacks(before: Package, section: string, key: string): boolean {
  const sections = section === 'scripts' ? ['scripts'] : ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
  const said = sections.map((each) => (before[each] as Record<string, string> | undefined)?.[key]).find((value) => value !== undefined)
  return said === undefined || (section === 'scripts' && key === 'test' && NO_TEST.test(said))
}
