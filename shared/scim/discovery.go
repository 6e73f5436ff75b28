package scim

// Config is ServiceProviderConfig (RFC 7643, 5).
func (s *Service) Config() any {
	on := map[string]any{"supported": true}
	off := map[string]any{"supported": false}
	return map[string]any{
		"schemas": []string{schemaConfig}, "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
		"patch": on, "etag": on, "changePassword": off, "sort": off,
		"bulk":   map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": map[string]any{"supported": true, "maxResults": maxResults},
		"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Bearer token", "primary": true,
			"description": "A token that an admin of the workspace makes, as Authorization: Bearer"}},
		"meta": map[string]any{"resourceType": "ServiceProviderConfig", "location": s.base + "/ServiceProviderConfig"},
	}
}

// Types are the ResourceTypes (RFC 7643, 6).
func (s *Service) Types() List {
	one := func(name, path, schema string) any {
		return map[string]any{"schemas": []string{schemaType}, "id": name, "name": name, "endpoint": path, "schema": schema, "schemaExtensions": []any{},
			"meta": map[string]any{"resourceType": "ResourceType", "location": s.base + "/ResourceTypes/" + name}}
	}
	return whole(one("User", "/Users", SchemaUser), one("Group", "/Groups", SchemaGroup))
}

// Schemas tell what is kept of users and groups (RFC 7643, 7).
func (s *Service) Schemas() List {
	schema := func(id, name string, attributes ...any) any {
		return map[string]any{"schemas": []string{schemaSchema}, "id": id, "name": name, "attributes": attributes,
			"meta": map[string]any{"resourceType": "Schema", "location": s.base + "/Schemas/" + id}}
	}
	unique := func(a map[string]any) map[string]any { a["uniqueness"] = "server"; return a }
	needed := func(a map[string]any) map[string]any { a["required"] = true; return a }
	fixed := func(a map[string]any) map[string]any { a["mutability"] = "immutable"; return a }
	given := func(a map[string]any) map[string]any { a["mutability"] = "readOnly"; return a }
	return whole(
		schema(SchemaUser, "User",
			needed(unique(attribute("userName", "string", false))), attribute("displayName", "string", false), attribute("active", "boolean", false),
			attribute("name", "complex", false, attribute("formatted", "string", false), attribute("givenName", "string", false), attribute("familyName", "string", false)),
			fixed(attribute("emails", "complex", true, attribute("value", "string", false), attribute("type", "string", false), attribute("primary", "boolean", false))),
			given(attribute("groups", "complex", true, attribute("value", "string", false), attribute("display", "string", false)))),
		schema(SchemaGroup, "Group",
			needed(unique(attribute("displayName", "string", false))),
			attribute("members", "complex", true, attribute("value", "string", false), attribute("display", "string", false), attribute("type", "string", false))))
}

func attribute(name, kind string, many bool, parts ...any) map[string]any {
	a := map[string]any{"name": name, "type": kind, "multiValued": many, "required": false, "caseExact": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none"}
	if len(parts) > 0 {
		a["subAttributes"] = parts
	}
	return a
}

func whole(resources ...any) List {
	return List{Schemas: []string{SchemaList}, TotalResults: len(resources), StartIndex: 1, ItemsPerPage: len(resources), Resources: resources}
}
