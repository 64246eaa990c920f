import { defineConfig, env } from 'starline'
import { actor, customer, date, film, staff, store } from './dimensions/index.ts'
import { film_actor, payment, rental } from './facts/index.ts'

// A chain of video shops: the Sakila sample database, as a star.
export default defineConfig({
  source: env('ETL_SOURCE', 'mysql://root@127.0.0.1:3306/sakila'),
  warehouse: env('ETL_WAREHOUSE', 'duckdb:etl-data/sakila.duckdb'),
  logs: 'etl-logs',
  dimensions: { date, customer, film, store, staff, actor },
  facts: { rental, payment, film_actor },
})
