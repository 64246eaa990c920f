import { source } from 'starline'

// A film has one category in this database, though its tables would allow more: two would be refused as a duplicate.
const plain = `
  SELECT f.film_id           AS film_id,
         f.title             AS title,
         f.description       AS description,
         f.release_year      AS release_year,
         k.name              AS category,
         l.name              AS language,
         o.name              AS original_language,
         f.rating            AS rating,
         f.special_features  AS special_features,
         f.length            AS minutes,
         f.rental_duration   AS rental_days,
         f.rental_rate       AS rental_rate,
         f.replacement_cost  AS replacement_cost
  FROM   film AS f
  JOIN   language AS l ON l.language_id = f.language_id
  LEFT JOIN language AS o ON o.language_id = f.original_language_id
  LEFT JOIN film_category AS fk ON fk.film_id = f.film_id
  LEFT JOIN category AS k ON k.category_id = fk.category_id
`

// PostgreSQL keeps the features in an array, the others in a text with commas.
export const film = source({ mysql: plain, duckdb: plain, postgres: `
  SELECT f.film_id                                 AS film_id,
         f.title                                   AS title,
         f.description                             AS description,
         f.release_year                            AS release_year,
         k.name                                    AS category,
         l.name                                    AS language,
         o.name                                    AS original_language,
         f.rating                                  AS rating,
         array_to_string(f.special_features, ',')  AS special_features,
         f.length                                  AS minutes,
         f.rental_duration                         AS rental_days,
         f.rental_rate                             AS rental_rate,
         f.replacement_cost                        AS replacement_cost
  FROM   film AS f
  JOIN   language AS l ON l.language_id = f.language_id
  LEFT JOIN language AS o ON o.language_id = f.original_language_id
  LEFT JOIN film_category AS fk ON fk.film_id = f.film_id
  LEFT JOIN category AS k ON k.category_id = fk.category_id
` })
