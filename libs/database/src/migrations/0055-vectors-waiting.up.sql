-- Namespaces that hold something since this generation of vectors last caught up with them.
CREATE FUNCTION memori.vectors_waiting(p_generation integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM memori.enter('*', '*');
  RETURN (
    SELECT count(*)::integer FROM memori.namespaces n LEFT JOIN memori.vector_work w ON w.generation = p_generation
      AND w.tenant_id = n.tenant_id AND w.user_id = n.user_id AND w.namespace = n.namespace
    WHERE n.version > coalesce(w.upto, 0));
END
$$;
