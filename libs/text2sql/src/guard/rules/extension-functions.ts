/**
 * Functions of well-known extensions that compute and nothing else, by extension. What runs SQL (crosstab, connectby,
 * dblink), takes a relation's name as text (ST_EstimatedExtent, approximate_row_count), reads files (raster drivers) or
 * keeps a setting (set_limit) is left out.
 */
const JUDGED: Readonly<Record<string, string>> = {
  pg_trgm: 'show_trgm similarity strict_word_similarity word_similarity',
  unaccent: 'unaccent',
  fuzzystrmatch: `daitch_mokotoff difference dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal metaphone
    soundex text_soundex`,
  hstore: `akeys avals defined delete each exist exists_all exists_any fetchval hs_concat hs_contained hs_contains hstore
    hstore_to_array hstore_to_json hstore_to_json_loose hstore_to_jsonb hstore_to_jsonb_loose hstore_to_matrix isdefined
    isexists skeys slice slice_array svals tconvert`,
  ltree: 'index lca ltree2text nlevel subltree subpath text2ltree',
  intarray: 'icount idx intset sort sort_asc sort_desc subarray uniq',
  citext: `citext max min regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table replace
    split_part strpos translate`,
  cube: `cube cube_coord cube_dim cube_distance cube_enlarge cube_inter cube_is_point cube_ll_coord cube_size cube_subset
    cube_union cube_ur_coord distance_chebyshev distance_taxicab`,
  earthdistance: 'earth earth_box earth_distance gc_to_sec geo_distance latitude ll_to_earth longitude sec_to_gc',
  pgcrypto: 'digest hmac',
  'uuid-ossp': 'uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil',
  vector: `array_to_vector avg binary_quantize cosine_distance halfvec_to_vector hamming_distance inner_product
    jaccard_distance l1_distance l2_distance l2_norm l2_normalize subvector sum vector_dims vector_norm
    vector_to_float4`,
  timescaledb: `first histogram interpolate last locf time_bucket time_bucket_gapfill`,
  postgis: `box box2d box3d geography geometry st_3ddistance st_addpoint st_area st_asewkt st_asgeojson st_askml st_aslatlontext
    st_astext st_asbinary st_astwkb st_azimuth st_boundary st_buffer st_centroid st_closestpoint st_clusterdbscan
    st_clusterkmeans st_clusterwithin st_collect st_collectionextract st_contains st_containsproperly st_convexhull
    st_coorddim st_coveredby st_covers st_crosses st_curvetoline st_dfullywithin st_difference st_dimension st_disjoint
    st_distance st_distancesphere st_distancespheroid st_dump st_dumppoints st_dumprings st_dwithin st_endpoint
    st_envelope st_equals st_expand st_exteriorring st_extent st_flipcoordinates st_force2d st_frechetdistance
    st_geogfromtext st_geogfromwkb st_geohash st_geometryn st_geometrytype st_geomfromewkt st_geomfromgeohash
    st_geomfromgeojson st_geomfromtext st_geomfromwkb st_hausdorffdistance st_interiorringn
    st_intersection st_intersects st_isclosed st_iscollection st_isempty st_isring st_issimple st_isvalid
    st_isvalidreason st_length st_length2d st_lengthspheroid st_lineinterpolatepoint st_linelocatepoint st_linemerge
    st_linesubstring st_m st_makebox2d st_makeenvelope st_makeline st_makepoint st_makepolygon st_makevalid
    st_maxdistance st_minimumboundingcircle st_multi st_ndims st_node st_npoints st_nrings st_numgeometries
    st_numinteriorrings st_numpoints st_orderingequals st_overlaps st_perimeter st_point st_pointfromgeohash
    st_pointfromtext st_pointn st_pointonsurface st_points st_polygon st_polygonize st_project st_relate
    st_removepoint st_reverse st_rotate st_scale st_segmentize st_setsrid st_shortestline st_simplify
    st_simplifypreservetopology st_simplifyvw st_snap st_snaptogrid st_split st_srid
    st_startpoint st_subdivide st_symdifference st_tileenvelope st_touches st_transform st_translate st_union
    st_voronoipolygons st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmin`,
};

const BY_EXTENSION = new Map(Object.entries(JUDGED).map(([name, list]) => [name, new Set(list.trim().split(/\s+/))]));

/** Whether a function that belongs to an extension was judged harmless. */
export function isHarmlessOfExtension(extension: string, name: string): boolean {
  return BY_EXTENSION.get(extension)?.has(name) ?? false;
}

/** Extensions whose overloads, types and operators compute and nothing else. */
const TRUSTED: ReadonlySet<string> = new Set([...BY_EXTENSION.keys(), 'btree_gin', 'btree_gist', 'isn', 'seg']);

/** Whether what an extension adds to a built-in name (`max(citext)`, an operator, a type) may be used unseen. */
export function isTrustedExtension(extension: string | null | undefined): boolean {
  return typeof extension === 'string' && TRUSTED.has(extension);
}
