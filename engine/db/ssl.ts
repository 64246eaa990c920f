import { readFileSync } from 'node:fs'
import type { PeerCertificate } from 'node:tls'
import { ConfigurationError } from '../errors.ts'

/** Encrypted, and what the server must prove: nothing, that its authority is known, or its name too. */
export interface Ssl {
  readonly verify: 'nothing' | 'authority' | 'name'
  /** The authority's certificate, as text; the machine's own authorities where there is none. */
  readonly ca?: string
  /** What the client proves who it is with. */
  readonly cert?: string
  readonly key?: string
}

/** The words of `ssl=`; false is no encryption. */
const WORDS: Readonly<Record<string, Ssl['verify'] | undefined>> = { false: undefined, unverified: 'nothing', authority: 'authority', true: 'name' }

/**
 * Reads `ssl`, `sslCa`, `sslCert` and `sslKey`. A file that is named says that encryption is meant.
 *
 * @throws {ConfigurationError} for an unknown word, a file that can't be read, or what contradicts itself
 */
export function readSsl(parameters: URLSearchParams, place: string): Ssl | undefined {
  const named = (name: string): string | undefined => parameters.get(name) ?? undefined
  const [ca, cert, key] = ['sslCa', 'sslCert', 'sslKey'].map(named)
  const files = [ca, cert, key].some((path) => path !== undefined)
  const word = named('ssl') ?? (files ? 'true' : 'false')
  if (!Object.hasOwn(WORDS, word)) throw new ConfigurationError(`ssl=${word} is not known`, { where: place, wayOut: `use ssl=${Object.keys(WORDS).join(', ssl=')}` })
  const verify = WORDS[word]
  if (verify === undefined && files) throw new ConfigurationError('ssl=false goes with no certificate', { where: place, wayOut: 'leave out ssl=false or the certificates' })
  if (verify === 'nothing' && ca !== undefined) {
    throw new ConfigurationError('ssl=unverified looks at no authority, and sslCa names one', { where: place, wayOut: 'leave one of them out; ssl=authority looks at the authority alone' })
  }
  if ((cert === undefined) !== (key === undefined)) throw new ConfigurationError('sslCert and sslKey go together', { where: place })
  if (verify === undefined) return undefined
  return {
    verify,
    ...ca !== undefined && { ca: readFile('sslCa', ca, place) },
    ...cert !== undefined && { cert: readFile('sslCert', cert, place) },
    ...key !== undefined && { key: readFile('sslKey', key, place) },
  }
}

function readFile(parameter: string, path: string, place: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`the file ${path} can't be read`, { where: place, wayOut: `let ${parameter}= name a certificate or key in PEM form`, cause })
  }
}

/** What to do where a server's certificate is not trusted. */
export const UNTRUSTED = "name the authority's certificate by sslCa=; where the certificate bears another name than the URL's host, use that name or ssl=authority"

/** What Node's TLS takes of it. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined
}

export function tlsOptions({ verify, ...files }: Ssl): TlsOptions {
  return { ...files, rejectUnauthorized: verify !== 'nothing', ...verify === 'authority' && { checkServerIdentity: () => undefined } }
}
