#!/usr/bin/env node
import { existsSync } from 'node:fs'

// In the engine's own repository its sources are run as they are; the published package has only what was built of them.
const sources = new URL('../engine/main.ts', import.meta.url)
const isRepository = existsSync(sources)

let registered
/** A configuration is TypeScript: its loader is registered when the first file wants it. */
const importFile = async (url) => {
  registered ??= import('tsx/esm/api').then(({ register }) => register())
  await registered
  return import(url)
}

const { main } = isRepository ? await importFile(sources.href) : await import('../dist/engine/main.js')
process.exitCode = await main(process.argv.slice(2), importFile)
