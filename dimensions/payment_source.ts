import { scd1 } from 'starline'
import { payment_source as source } from '../sources/payment_source.ts'
import { payment_source as create } from '../creates/payment_source.ts'

/** One member is one way to pay for an order. */
export const payment_source = scd1({ source, create, key: 'payment_source_key', lookup: ['payment_source_id'] })
