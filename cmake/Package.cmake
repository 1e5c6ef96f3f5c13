# What is installed, and the Debian package of it: cmake --install, or cpack -G DEB in the build
# directory. The man pages, completions and the unit are made by the program itself.
include(GNUInstallDirs)

set(ece_pages "${PROJECT_BINARY_DIR}/package")
set(ece_package "${PROJECT_SOURCE_DIR}/cmake/package")
add_custom_command(
    OUTPUT "${ece_pages}/systemd/ece-migrate@.service"
    COMMAND "${CMAKE_COMMAND}" "-DPROGRAM=$<TARGET_FILE:ece-migrate>" "-DOUT=${ece_pages}"
            "-DUNIT=${ece_package}/ece-migrate@.service.in"
            -P "${ece_package}/MakePages.cmake"
    DEPENDS ece-migrate "${ece_package}/MakePages.cmake" "${ece_package}/ece-migrate@.service.in"
    COMMENT "Making the man pages, completions and the unit" VERBATIM)
add_custom_target(ece_pages ALL DEPENDS "${ece_pages}/systemd/ece-migrate@.service")

install(TARGETS ece-migrate)
# The program looks for the guard beside itself and there; nobody calls it by hand.
install(TARGETS ece-guard RUNTIME DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/ece-migrate")
install(DIRECTORY "${ece_pages}/man/" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(DIRECTORY "${ece_pages}/bash/" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
install(DIRECTORY "${ece_pages}/fish/" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(DIRECTORY "${ece_pages}/zsh/" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions")
install(FILES "${ece_pages}/systemd/ece-migrate@.service" DESTINATION "lib/systemd/system")
install(FILES "${ece_package}/ece-migrate.sysusers" DESTINATION "lib/sysusers.d" RENAME ece-migrate.conf)
install(FILES "${PROJECT_SOURCE_DIR}/README.md" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${PROJECT_SOURCE_DIR}/docs/migration.schema.json" DESTINATION "${CMAKE_INSTALL_DATADIR}/ece-migrate")

set(CPACK_PACKAGE_NAME ece-migrate)
set(CPACK_PACKAGE_VENDOR ece-migrate)
set(CPACK_PACKAGE_CONTACT "the ece-migrate developers <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "moves live PostgreSQL services between VPCs through a temporary tunnel")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "openssh-client, man-db")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${ece_package}/postinst;${ece_package}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
