import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What of the package's own package.json is asked for. */
export interface Manifest {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The package's own package.json: it lies one folder up from the sources and two from what is built. */
const file = (): string | undefined => ['../package.json', '../../package.json']
  .map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) => existsSync(path))

/** The package's folder. */
export const packageFolder = (): string => dirname(file() ?? '.')

export function manifest(): Manifest {
  const path = file()
  const read = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>
  return { version: 'unknown', dependencies: {}, devDependencies: {}, ...read }
}

/** The package's version. */
export const version = (): string => manifest().version
