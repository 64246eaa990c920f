import { existsSync, readFileSync } from 'node:fs'

/** The package's version; its package.json lies two folders up from the sources and three from what is built. */
export function version(): string {
  const [file] = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url)).filter((url) => existsSync(url))
  return file === undefined ? 'unknown' : (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
